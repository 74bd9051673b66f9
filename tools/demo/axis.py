"""The time axis of the timeline: as wide as it took to watch, labelled in protocol time."""

_NEAR = 34  # px, least distance of two labels
_STEPS = {False: 5, True: 30}  # s between labels, where the clock runs as usual or faster


class TimeAxis:
    """Maps s on the viewer's watch (`at`) to px. `samples`: recording.Sample, at least one."""

    def __init__(self, samples, left, right):
        self._samples = samples
        self._left = left
        self.end = max(samples[-1].at, 1e-3)
        self._scale = (right - left) / self.end

    def x(self, at):
        """px of a moment."""
        return round(self._left + min(max(at, 0), self.end) * self._scale, 1)

    def ticks(self):
        """(px, protocol time in s) of the labels."""
        out = []
        for before, after in zip(self._samples, self._samples[1:], strict=False):
            step = _STEPS[after.speed > 1]
            t_s = (int(before.t_s) // step + 1) * step
            while t_s <= after.t_s:
                part = (t_s - before.t_s) / (after.t_s - before.t_s)
                x = self.x(before.at + part * (after.at - before.at))
                if not out or x - out[-1][0] >= _NEAR:
                    out.append((x, t_s))
                t_s += step
        return out

    def fast(self):
        """(from at, to at, speed) of the stretches where the clock runs faster."""
        out = []
        for sample in self._samples:
            if sample.speed > 1:
                if out and out[-1][2] == sample.speed and out[-1][3]:
                    out[-1][1] = sample.at
                else:
                    out.append([sample.at, sample.at, sample.speed, True])
            elif out and out[-1][3]:
                out[-1][1] = sample.at
                out[-1][3] = False
        return [tuple(stretch[:3]) for stretch in out]


def steps(samples, value):
    """Runs of an unchanged value: (from at, to at, value), to the start of the next."""
    out = []
    for sample in samples:
        this = value(sample)
        if out:
            out[-1][1] = sample.at
        if not out or out[-1][2] != this:
            out.append([sample.at, sample.at, this])
    return [tuple(run) for run in out]
