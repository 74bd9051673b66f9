"""Time of day and date as a controller has set them: 0x97 and 0x98 of the super class."""

from micropython import const

from ticks import add, diff

_MINUTE_MS = const(60000)
_DAYS = b"\x1f\x1c\x1f\x1e\x1f\x1e\x1f\x1f\x1e\x1f\x1e\x1f"


def _days(year, month):
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _DAYS[month - 1]


class WallClock:
    """The board itself knows no time: until it is set this runs from 2000-01-01 00:00.

    Like any clock after a power cut. "Not available" instead would make each request for all
    properties end as refused, which some controllers take for a failure of the whole.
    """

    def __init__(self):
        self.minute = 0  # of the day
        self.year = 2000
        self.month = self.day = 1
        self._since = None

    def set_time(self, hour, minute):
        """False if there is no such time."""
        if hour > 23 or minute > 59:
            return False
        self.minute = 60 * hour + minute
        self._since = None
        return True

    def set_date(self, year, month, day):
        """False if there is no such date."""
        if not 1 <= year <= 9999 or not 1 <= month <= 12 or not 1 <= day <= _days(year, month):
            return False
        self.year = year
        self.month = month
        self.day = day
        return True

    def tick(self, now):
        if self._since is None:
            self._since = now
        while diff(now, self._since) >= _MINUTE_MS:
            self._since = add(self._since, _MINUTE_MS)
            self.minute += 1
            if self.minute == 1440:
                self.minute = 0
                self._tomorrow()

    def _tomorrow(self):
        self.day += 1
        if self.day > _days(self.year, self.month):
            self.day = 1
            self.month += 1
            if self.month > 12:
                self.month = 1
                self.year += 1
