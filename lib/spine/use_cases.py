"""nodeManagementUseCaseData (5.5.3): what the entities can do. Loaded for a partner that reads it,
or is told of it, and let go."""

from spine.device import put_address

_ACTOR = b'[{"address":%},{"actor":"%"},{"useCaseSupport":['
_USE_CASE = (
    b'[{"useCaseName":"%"},{"useCaseVersion":"%"},{"useCaseAvailable":true},{"scenarioSupport":['
)


def render(w, device):
    w.raw(b'{"useCaseInformation":[')
    last = None
    for entity in device.entities:
        for actor, uc, version, scenarios, revision in entity.use_cases:
            if (entity, actor) != last:
                if last:
                    w.raw(b"]}]")
                last = entity, actor
                put_address(w.sep().t(_ACTOR), device.address, entity.path)
                w.lit(actor).end()
            w.sep().t(_USE_CASE).lit(uc).lit(version).end()
            for scenario in scenarios:
                w.sep().dec(scenario)
            w.raw(b']},{"useCaseDocumentSubRevision":"').raw(revision).raw(b'"}]')
    w.raw(b"]}]]}" if last else b"]}")
