"""Makes the data of this example: two years of hourly bike rentals in a city that does not exist.

    python simulate.py

writes `data/hour.csv` (2011) and `data/later.csv` (2012) in the columns and conventions of the
Bike Sharing data set of the UCI Machine Learning Repository (no. 275), so that the real file drops
in. Every number is simulated from the rules below; no row of the real file was copied or fitted.
The result is dedicated to the public domain (CC0 1.0).

Only the standard library is used, every draw comes from one seed and every number is written with
fixed digits, so the bytes are the same wherever this runs.

What happens in it: the service grows all through 2011. In the second week of March 2012 it opens
many stations and lets everybody ride free for a fortnight; most of the newcomers stay. No weather
column tells of any of this: the relation between weather and demand changes, and that is what makes
an old model wrong. The seed and the sizes were chosen so that the verdicts in figures/README.md
have room to spare.
"""

import math
import random
from datetime import date, timedelta
from pathlib import Path

SEED = 9
FIRST, LAST = date(2011, 1, 1), date(2012, 12, 31)
COLUMNS = (
    "instant,dteday,season,yr,mnth,hr,holiday,weekday,workingday,weathersit,"
    "temp,atemp,hum,windspeed,casual,registered,cnt"
)

# Rentals of members from 0 h to 23 h of a day with work, and of one without, at the size of
# 2011-01-01 and in agreeable weather; then those of casual riders.
MEMBERS_WORK = (
    14, 6, 3, 2, 3, 12, 50, 140, 235, 118, 60, 70,
    90, 86, 80, 90, 140, 262, 244, 172, 122, 92, 68, 40,
)
MEMBERS_FREE = (
    36, 28, 21, 10, 4, 4, 8, 18, 40, 62, 86, 104,
    120, 118, 112, 112, 115, 110, 102, 88, 68, 56, 48, 36,
)
CASUAL_WORK = (
    4, 2, 1, 1, 1, 1, 3, 8, 13, 13, 17, 21,
    23, 23, 25, 27, 29, 34, 32, 26, 20, 16, 12, 8,
)
CASUAL_FREE = (
    14, 10, 8, 4, 2, 2, 3, 7, 18, 32, 50, 68,
    80, 88, 90, 90, 85, 75, 60, 47, 35, 27, 21, 15,
)

# The size of the service: logarithm of its factor on these days, straight lines between them.
SIZE = (
    (date(2011, 1, 1), 0.00),
    (date(2011, 4, 15), 0.40),
    (date(2011, 7, 1), 0.70),
    (date(2011, 10, 1), 0.84),
    (date(2012, 1, 1), 0.88),
    (date(2012, 3, 8), 0.90),
    (date(2012, 3, 12), 1.46),
    (date(2012, 3, 20), 1.46),
    (date(2012, 3, 26), 1.26),
    (date(2012, 4, 5), 1.16),
    (date(2012, 4, 14), 1.08),
    (date(2012, 7, 1), 1.08),
    (date(2012, 12, 31), 1.44),
)
WEATHER_EFFECT = {1: 1.0, 2: 0.93, 3: 0.58, 4: 0.30}
DAY_SPREAD, HOUR_SPREAD = 0.10, 0.13


def main() -> None:
    rows = [COLUMNS], [COLUMNS]
    chance = random.Random(SEED)
    weather = Weather(chance)
    instant = 0
    day = FIRST
    while day <= LAST:
        liveliness = DAY_SPREAD * bell(chance)
        for hour in range(24):
            now = weather.next(day, hour)
            members, casual = rentals(chance, day, hour, now, liveliness)
            # As in the real file, an hour in which nothing was rented has no row.
            if members + casual:
                instant += 1
                rows[day.year - FIRST.year].append(line(instant, day, hour, now, members, casual))
        day += timedelta(days=1)
    for name, lines in zip(("hour", "later"), rows, strict=True):
        path = Path(__file__).resolve().parent / "data" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(("\n".join(lines) + "\n").encode("ascii"))


class Weather:
    """The weather, hour after hour: slow swings from day to day under the course of the year."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.warmth = self.cloud = self.damp = 0.0  # of the day, each about 0 and of spread 1
        self.shower = self.gust = 0.0  # of the hour

    def next(self, day: date, hour: int) -> dict[str, float]:
        if hour == 0:
            self.warmth = slow(self.chance, self.warmth, 0.75)
            self.cloud = slow(self.chance, self.cloud, 0.30)
            self.damp = slow(self.chance, self.damp, 0.50)
        self.shower = slow(self.chance, self.shower, 0.80)
        self.gust = slow(self.chance, self.gust, 0.85)

        cover = 0.75 * self.cloud + 0.66 * self.shower
        if cover < 0.42:
            kind = 1
        elif cover < 1.36:
            kind = 2
        elif cover < 3.1:
            kind = 3
        else:
            kind = 4
        celsius = (
            15.0
            + 11.5 * math.cos(math.tau * (day_of_year(day) - 201) / 365.25)
            + 3.6 * self.warmth
            + (3.9 - 0.9 * (kind - 1)) * math.cos(math.tau * (hour - 15) / 24)
        )
        kmh = max(0.0, 13.0 + 7.0 * self.gust + 2.5 * math.cos(math.tau * (hour - 14) / 24))
        humidity = (
            60.0
            + 9.0 * self.damp
            + 9.0 * (kind - 1)
            - 12.0 * math.cos(math.tau * (hour - 15) / 24)
            - 0.35 * (kmh - 13.0)
        )
        return {
            "weathersit": kind,
            "celsius": min(max(celsius, -7.0), 39.0),
            "kmh": round(kmh) if kmh >= 6 else 0,  # a weather vane does not feel less
            "humidity": round(min(max(humidity, 16.0), 100.0)),
        }


def rentals(
    chance: random.Random, day: date, hour: int, now: dict[str, float], liveliness: float
) -> tuple[int, int]:
    """Returns how many bikes members and casual riders take in this hour."""
    working = is_working(day)
    comfort = comfortable(now["celsius"])
    common = (
        math.exp(size(day) + liveliness)
        * WEATHER_EFFECT[now["weathersit"]]
        * (1.0 - 0.0035 * max(0.0, now["humidity"] - 60.0))
        * (1.0 - 0.006 * max(0.0, now["kmh"] - 15.0))
    )
    members = (MEMBERS_WORK if working else MEMBERS_FREE)[hour] * (0.35 + 0.65 * comfort)
    casual = (CASUAL_WORK if working else CASUAL_FREE)[hour] * (0.06 + 0.94 * comfort**1.5)
    if not working and day.weekday() < 5:
        members *= 0.85  # holidays
    return count(chance, members * common), count(chance, casual * common)


def comfortable(celsius: float) -> float:
    """Returns how much the temperature invites to ride, from 0 to 1: most at 27 degrees."""
    away = (celsius - 27.0) / (17.0 if celsius < 27.0 else 14.0)
    return math.exp(-0.5 * away * away)


def size(day: date) -> float:
    """Returns the logarithm of the size of the service on `day`."""
    for (begin, low), (end, high) in zip(SIZE, SIZE[1:], strict=False):
        if day <= end:
            return low + (high - low) * (day - begin).days / (end - begin).days
    return SIZE[-1][1]


def count(chance: random.Random, mean: float) -> int:
    """Returns a count around `mean` that spreads more than Poisson's, as counts of people do."""
    spread = math.sqrt(mean + (HOUR_SPREAD * mean) ** 2)
    # Rounding at random keeps the mean of small counts.
    return max(0, math.floor(mean + spread * bell(chance) + chance.random()))


def bell(chance: random.Random) -> float:
    """Returns a draw of mean 0 and variance 1, nearly normal: twelve uniform draws, less six.

    Additions alone are the same on every machine, logarithms and cosines may end differently.
    """
    return sum(chance.random() for _ in range(12)) - 6.0


def slow(chance: random.Random, before: float, memory: float) -> float:
    """Returns the next value of a series of mean 0, variance 1 and correlation `memory`."""
    return memory * before + math.sqrt(1.0 - memory * memory) * bell(chance)


def is_working(day: date) -> bool:
    return day.weekday() < 5 and not is_holiday(day)


def is_holiday(day: date) -> bool:
    """Returns whether `day` is a public holiday of Washington, D.C., as observed in these years."""
    nth_monday = {(1, 3), (2, 3), (9, 1), (10, 2)}
    nth = (day.day - 1) // 7 + 1
    last_of_may = day.month == 5 and day.day > 24
    if day.weekday() == 0 and ((day.month, nth) in nth_monday or last_of_may):
        return True
    if day.month == 11 and day.weekday() == 3 and nth == 4:
        return True
    fixed = {(1, 1), (4, 16), (7, 4), (11, 11), (12, 25)}
    if day.weekday() == 0 and on(day - timedelta(days=1)) in fixed:
        return True
    if day.weekday() == 4 and on(day + timedelta(days=1)) in fixed - {(1, 1)}:
        return True
    return day.weekday() < 5 and on(day) in fixed


def on(day: date) -> tuple[int, int]:
    return day.month, day.day


def day_of_year(day: date) -> int:
    return (day - date(day.year, 1, 1)).days + 1


def season(day: date) -> int:
    """Returns 1 for winter, then spring, summer and autumn, as the real file counts them."""
    starts = ((3, 21), (6, 21), (9, 23), (12, 21))
    return sum(on(day) >= start for start in starts) % 4 + 1


def line(
    instant: int, day: date, hour: int, now: dict[str, float], members: int, casual: int
) -> str:
    # -8 to 39 degrees become 0 to 1 in steps of .02, as felt (-16 to 50) in steps of 1/66; humidity
    # is divided by 100, wind by 67.
    temp = 0.02 * round((now["celsius"] + 8.0) / 47.0 / 0.02)
    felt = now["celsius"] - 0.12 * now["kmh"] + 0.02 * (now["humidity"] - 50.0)
    atemp = round(min(max(felt + 16.0, 0.0), 66.0)) / 66.0
    fields = (
        instant,
        day.isoformat(),
        season(day),
        day.year - FIRST.year,
        day.month,
        hour,
        int(is_holiday(day)),
        (day.weekday() + 1) % 7,  # 0 is Sunday
        int(is_working(day)),
        now["weathersit"],
        short(temp, 2),
        short(atemp, 4),
        short(now["humidity"] / 100.0, 2),
        short(now["kmh"] / 67.0, 4),
        casual,
        members,
        casual + members,
    )
    return ",".join(str(field) for field in fields)


def short(value: float, digits: int) -> str:
    """Returns `value` with so many digits and without the zeros at its end: `0.8`, `1`, `0`."""
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    main()
