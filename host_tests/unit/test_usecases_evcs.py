"""EV charging summary: asked for when a car has been charged, written by a broker, read again."""

from spine_bench import Wallbox

from spine import schema
from spine.rfe import ABSENT
from usecases.bill import schema as bill_schema
from usecases.evcs import Evcs

BILL = "1", 8
PARTIAL = '[{"cmdControl":[{"partial":[]}]}]'
ENERGY = '{"value":[[{"unit":"Wh"},{"value":[{"number":%d},{"scale":%d}]}]]}'
COST = (
    '{"cost":[[{"costType":"absolutePrice"},{"currency":"%s"},'
    '{"cost":[{"number":%d},{"scale":%d}]}]]}'
)
SHARE = (
    '[{"positionId":%d},{"positionType":"%s"},'
    '{"value":[[{"valuePercentage":[{"number":%d},{"scale":0}]}]]},'
    '{"cost":[[{"costPercentage":[{"number":%d},{"scale":0}]}]]}]'
)
GRID = SHARE % (1, "gridElectricEnergy", 65, 90)
SELF = SHARE % (2, "selfProducedElectricEnergy", 35, 10)
HEAD = '{"billId":0},{"billType":"chargingSummary"}'
WHOLE = '[%s,{"total":[%s,%s]},{"position":[%s,%s]}]' % (
    HEAD,
    ENERGY % (2034, 1),
    COST % ("EUR", 512, -2),
    GRID,
    SELF,
)


class Charger:
    plugged = False
    contactor = False
    offered_ma = [0, 0, 0]


class Box(Wallbox):
    def __init__(self):
        Wallbox.__init__(self)
        self.charger = Charger()
        self.evcs = Evcs(self.device, self.evse, self.charger)
        self.timers.append(self.evcs)

    def set(self, plugged=True, contactor=False, ma=0):
        self.charger.plugged = plugged
        self.charger.contactor = contactor
        self.charger.offered_ma = [ma] * 3
        self.tick()

    def charge(self):
        self.set()
        self.set(contactor=True, ma=16000)


def cmd(items, filters=PARTIAL):
    head = '{"function":"billListData"},{"filter":[%s]},' % filters if filters else ""
    return head + '{"billListData":[{"billData":[%s]}]}' % items


def broker(box):
    hems = box.connect()
    assert hems.subscribe(BILL) == 0
    assert hems.bind(BILL) == 0
    return hems


def required(hems):
    (one,) = hems.read("billDescriptionListData", BILL).data[0]["billDescriptionData"]
    assert one[0] == {"billId": 0} and one[1] == {"billWriteable": True}
    assert one[3] == {"supportedBillType": ["chargingSummary"]}
    return one[2]["updateRequired"]


def kept(hems):
    return hems.read("billListData", BILL).cmd


EMPTY = '{"billListData":[]}'


def test_announced_beside_evsecc():
    said = Box().connect().read("nodeManagementUseCaseData")
    uses = [one for one in said.data[0]["useCaseInformation"] if one[1] == {"actor": "EVSE"}]
    assert len(uses) == 1  # one entry per entity and actor
    names = [use[0]["useCaseName"] for use in uses[0][2]["useCaseSupport"]]
    assert names == ["evseCommissioningAndConfiguration", "evChargingSummary"]


def test_bill_feature_in_discovery():
    said = Box().connect().read("nodeManagementDetailedDiscoveryData")
    features = said.data[3]["featureInformation"]
    (found,) = [
        one[0]["description"] for one in features if '"Bill"' in str(one).replace("'", '"')
    ]
    assert [one[0]["function"] for one in found[3]["supportedFunction"]] == [
        "billDescriptionListData",
        "billConstraintsListData",
        "billListData",
    ]
    assert found[3]["supportedFunction"][2][1] == {
        "possibleOperations": [{"read": []}, {"write": [{"partial": []}]}]
    }


def test_asked_for_when_the_car_goes():
    box = Box()
    hems = broker(box)
    assert required(hems) is False
    box.charge()
    assert required(hems) is False and not hems.taken()
    box.set(plugged=False)
    (told,) = hems.taken()
    assert (told.classifier, told.function) == ("notify", "billDescriptionListData")
    assert required(hems) is True
    box.advance(59000)
    assert required(hems) is True
    box.advance(1000)
    assert required(hems) is False  # EVCS-008: nobody has to know it any longer


def test_asked_for_when_the_car_is_full_but_not_when_the_wallbox_pauses():
    box = Box()
    hems = broker(box)
    box.charge()
    box.set(ma=0)
    assert required(hems) is False
    box.set(ma=16000)
    assert required(hems) is True
    box.set(contactor=True, ma=16000)  # it goes on after all
    assert required(hems) is False
    box.set(ma=16000)
    assert required(hems) is True


def test_a_new_car_ends_the_question():
    box = Box()
    hems = broker(box)
    box.charge()
    box.set(plugged=False)
    assert required(hems) is True
    box.set()
    assert required(hems) is False
    box.set(plugged=False)  # has not charged
    assert required(hems) is False


def test_written_and_read_back():
    for filters in (PARTIAL, None):
        box = Box()
        hems = broker(box)
        box.charge()
        box.set(plugged=False)
        hems.taken()
        assert kept(hems) == EMPTY
        assert hems.write(cmd(WHOLE, filters), BILL) == 0
        assert [one.function for one in hems.taken()] == [
            "billListData",
            "billDescriptionListData",
        ]
        assert kept(hems) == cmd(WHOLE, None)
        assert required(hems) is False
        assert list(box.evcs.summary.rec) == [
            0,
            0,
            2034,
            1,
            0,
            512,
            -2,
            65,
            0,
            90,
            0,
            35,
            0,
            10,
            0,
        ]


def test_in_pieces_and_in_other_orders():
    text = cmd(WHOLE.replace(GRID + "," + SELF, SELF + "," + GRID))
    for chunk in (1, 7, 64):
        box = Box()
        hems = box.connect(chunk=chunk)
        assert hems.bind(BILL) == 0
        assert hems.write(text, BILL) == 0
        assert kept(hems) == cmd(WHOLE, None)


def test_energy_alone():
    box = Box()
    hems = broker(box)
    alone = '[%s,{"total":[%s]},{"position":[]}]' % (HEAD, ENERGY % (5, 0))
    assert hems.write(cmd(alone, None), BILL) == 0
    assert kept(hems) == cmd(alone, None)
    # a partial write keeps the rest, a full one does not
    price = '[%s,{"total":[%s]}]' % (HEAD, COST % ("CHF", 7, 0))
    assert hems.write(cmd(price), BILL) == 0
    both = '[%s,{"total":[%s,%s]},{"position":[]}]' % (HEAD, ENERGY % (5, 0), COST % ("CHF", 7, 0))
    assert kept(hems) == cmd(both, None)
    assert hems.write(cmd(alone, None), BILL) == 0
    assert kept(hems) == cmd(alone, None)


def test_refused():
    box = Box()
    hems = broker(box)
    assert hems.write(cmd(WHOLE), BILL) == 0
    before = kept(hems)
    for text in (
        WHOLE.replace('"billId":0', '"billId":1'),
        WHOLE.replace("chargingSummary", "invoice"),
        WHOLE.replace("EUR", "XXX"),
        WHOLE.replace("2034", "-1"),
        WHOLE + "," + WHOLE.replace('"billId":0', '"billId":1'),  # all or nothing
    ):
        assert hems.write(cmd(text), BILL) == 7
        assert kept(hems) == before
    assert hems.write(cmd('[{"billId":0}]', '[{"cmdControl":[{"delete":[]}]}]'), BILL) == 7
    assert kept(hems) == before


def test_needs_a_binding():
    hems = Box().connect()
    assert hems.write(cmd(WHOLE), BILL) == 9
    assert kept(hems) == EMPTY


def test_values_that_are_no_bill():
    box = Box()
    hems = broker(box)
    for value in ("5", "null", '"x"', "true", "[]", "{}", '[{"billData":[]}]', '["x",[[5]]]'):
        assert hems.write('{"billListData":%s}' % value, BILL) == 0
        assert hems.read("billListData", BILL).cmd == EMPTY
    # of a message that breaks off inside a bill nothing stays
    hems.put('{"datagram":[{"header":[]},{"payload":[{"cmd":[[{"billListData":[{"billData":[[{"bi')
    assert kept(hems) == EMPTY


def test_a_wallbox_without_it_skips_bills():
    box = Wallbox()
    hems = box.connect()
    assert hems.ask("write", cmd(WHOLE), ("1", 6), ack=True).error == 6
    assert hems.ask("read", '{"billListData":[]}', ("1", 6)).error == 6
    assert hems.read("measurementListData", ("1", 6)).classifier == "reply"


def test_the_plain_form_of_json():
    box = Box()
    hems = broker(box)
    text = (
        '{"billListData":{"billData":[{"billId":0,"billType":"chargingSummary","total":{"value":'
        '[{"unit":"Wh","value":{"number":5,"scale":1}}]},"position":[{"positionType":'
        '"selfProducedElectricEnergy","value":[{"valuePercentage":{"number":7}}]}]}]}}'
    )
    assert hems.write(text, BILL) == 0
    assert list(box.evcs.summary.rec)[:4] == [0, 0, 5, 1]
    assert list(box.evcs.summary.rec)[11:13] == [7, ABSENT]
    assert '{"valuePercentage":[{"number":7},{"scale":0}]}' in kept(hems)


def test_the_slots_of_a_bill_fit_into_those_of_a_datagram():
    assert bill_schema.SLOTS <= schema.SLOTS
