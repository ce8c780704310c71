"""The queries of NEXMark in SQL, over the generator's events in SQLite.

Written from the definition of the benchmark, not from bench/nexmark/*.flow. Where the definition
leaves a choice, bench/nexmark/README.md says which one is taken; the choices are ties (to the
event with the smaller number) and the order in which auctions close (by `expires`, then id).

Times are milliseconds in the tables; `ts()` writes them. `n` numbers the rows of a kind. A result
column that ends in `_milli` is a decimal of three digits, times 1,000.
"""

import datetime
import decimal
import json
import re
import sqlite3

KINDS = {
    "people": ["id", "name", "emailAddress", "creditCard", "city", "state", "dateTime", "extra"],
    "auctions": ["id", "itemName", "description", "initialBid", "reserve", "dateTime", "expires",
                 "seller", "category", "extra"],
    "bids": ["auction", "bidder", "price", "channel", "url", "dateTime", "extra"],
}
TIMES = {"dateTime", "expires"}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
CHANNEL_ID = re.compile(r"(&|^)channel_id=([^&]*)")
FIRST_ID = 1000
SIDE_ROWS = 10_000


def millis(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (at - EPOCH) // datetime.timedelta(milliseconds=1)


def ts(ms):
    at = EPOCH + datetime.timedelta(milliseconds=ms)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"


def channel_id(url):
    found = CHANNEL_ID.search(url)
    return found.group(2) if found else None


def part(text, number):
    parts = text.split("/")
    return parts[number] if number < len(parts) else None


def check_events(rows, events, rate):
    """What the generator promises of every run: proportions, ids, times."""
    blocks, rest = divmod(events, 50)
    counts = {"people": blocks + min(rest, 1), "auctions": blocks * 3 + min(max(rest - 1, 0), 3),
              "bids": blocks * 46 + max(rest - 4, 0)}
    for kind, expected in counts.items():
        assert len(rows[kind]) == expected, f"{len(rows[kind])} {kind}, not {expected}"
        numbers = [n for n in range(events) if kind_of(n) == kind]
        for number, row in zip(numbers, rows[kind]):
            at = millis("2024-01-01T00:00:00Z") + int(number * (1e6 / rate)) // 1000
            assert millis(row["dateTime"]) == at, f"event {number}: {row['dateTime']}"
    for kind in ("people", "auctions"):
        ids = [row["id"] for row in rows[kind]]
        assert ids == list(range(FIRST_ID, FIRST_ID + len(ids))), f"ids of {kind}"


def kind_of(number):
    rest = number % 50
    return "people" if rest == 0 else "auctions" if rest < 4 else "bids"


def load(folder, events, rate):
    rows = {}
    for kind in KINDS:
        with open(folder / f"{kind}.ndjson", encoding="utf-8") as lines:
            rows[kind] = [json.loads(line) for line in lines]
    check_events(rows, events, rate)
    base = sqlite3.connect(":memory:", check_same_thread=False)
    base.create_function("ts", 1, ts, deterministic=True)
    base.create_function("channel_id", 1, channel_id, deterministic=True)
    base.create_function("part", 2, part, deterministic=True)
    for kind, columns in KINDS.items():
        base.execute(f"create table {kind} (n integer primary key, {', '.join(columns)})")
        base.executemany(
            f"insert into {kind} values (?{', ?' * len(columns)})",
            ([n] + [millis(row[c]) if c in TIMES else row[c] for c in columns]
             for n, row in enumerate(rows[kind])))
    base.execute("create table side (key integer primary key, value)")
    base.executemany("insert into side values (?, ?)", ((i, str(i)) for i in range(SIDE_ROWS)))
    base.executescript("""
      create index bid_of on bids (auction, dateTime);
      create index bid_by on bids (bidder);
      create index sold_by on auctions (seller);
      create view won as
        select * from (
          select a.*, b.auction, b.bidder, b.price, b.dateTime bid_dateTime, b.extra bid_extra,
                 row_number() over (partition by a.id
                                    order by b.price desc, b.dateTime, b.n) place
          from auctions a join bids b on b.auction = a.id
          where b.dateTime between a.dateTime and a.expires)
        where place = 1;
    """)
    return base


def ranks(what):
    """Counts of all rows and by range of price; `what` is (word, column, name of the counts)."""
    ranges = ["price < 10000", "price >= 10000 and price < 1000000", "price >= 1000000"]
    word, name, noun = what
    total = f"count({word} {name or '*'}) total_{noun}"
    return ", ".join([total] + [
        f"count({word} case when {r} then {name or 1} end) rank{i}_{noun}"
        for i, r in enumerate(ranges, 1)])


BIDS = ranks(("", "", "bids"))
BIDDERS_AND_AUCTIONS = ranks(("distinct", "bidder", "bidders")) + ", " + ranks(
    ("distinct", "auction", "auctions"))
DAY = "substr(ts(dateTime), 1, 10)"
MINUTE = "substr(ts(dateTime), 12, 5)"

SQL = {
    "q0": "select auction, bidder, price, ts(dateTime) dateTime, extra from bids",
    "q1": """select auction, bidder, price * 908 price_milli, ts(dateTime) dateTime, extra
             from bids""",
    "q2": "select auction, price from bids where auction % 123 = 0",
    "q3": """select p.name, p.city, p.state, a.id
             from auctions a join people p on a.seller = p.id
             where a.category = 10 and p.state in ('OR', 'ID', 'CA')""",
    "q4": """select category, avg(final) avg
             from (select max(b.price) final, a.category
                   from auctions a join bids b on a.id = b.auction
                   where b.dateTime between a.dateTime and a.expires
                   group by a.id, a.category)
             group by category""",
    # A window that ends at `e` holds the bids of the ten seconds before.
    "q5": """with recursive ends(e) as (
               select min(dateTime) / 2000 * 2000 + 2000 from bids
               union all select e + 2000 from ends
               where e + 2000 < (select max(dateTime) from bids) + 10001),
             counts as (
               select auction, count(*) num, max(count(*)) over (partition by e) most
               from ends join bids on dateTime >= e - 10000 and dateTime < e
               group by e, auction)
             select auction, num from counts where num = most""",
    "q6": """select seller, avg(price) over (partition by seller order by expires, id
                                             rows between 9 preceding and current row) avg
             from won""",
    "q7": """select auction, price, bidder, ts(dateTime) dateTime, extra
             from bids b
             join (select max(price) top, dateTime / 10000 w from bids group by dateTime / 10000)
               on dateTime / 10000 = w and price = top""",
    "q8": """select distinct p.id, p.name, ts(p.dateTime / 10000 * 10000) starttime
             from people p join auctions a
               on a.seller = p.id and a.dateTime / 10000 = p.dateTime / 10000""",
    "q9": """select id, itemName, description, initialBid, reserve, ts(dateTime) dateTime,
                    ts(expires) expires, seller, category, extra, auction, bidder, price,
                    ts(bid_dateTime) bid_dateTime, bid_extra
             from won""",
    "q10": f"""select auction, bidder, price, ts(dateTime) dateTime, extra, {DAY} dt, {MINUTE} hm
               from bids""",
    "q11": """select bidder, count(*) bid_count, ts(min(dateTime)) starttime,
                     ts(max(dateTime) + 10000) endtime
              from (select bidder, dateTime, sum(opens) over (partition by bidder
                                                              order by dateTime, n) session
                    from (select n, bidder, dateTime,
                                 coalesce(dateTime - lag(dateTime) over (
                                   partition by bidder order by dateTime, n) >= 10000, 1) opens
                          from bids))
              group by bidder, session""",
    "q12": "select bidder, count(*) bid_count from bids group by bidder",
    "q13": """select auction, bidder, price, ts(dateTime) dateTime, value
              from bids join side on key = auction % 10000""",
    "q14": """select auction, bidder, price * 908 price_milli,
                     case when cast(substr(ts(dateTime), 12, 2) as int) between 8 and 18
                            then 'dayTime'
                          when cast(substr(ts(dateTime), 12, 2) as int) not between 7 and 19
                            then 'nightTime'
                          else 'otherTime' end bidTimeType,
                     ts(dateTime) dateTime, extra,
                     length(extra) - length(replace(extra, 'c', '')) c_counts
              from bids where price * 908 > 1000000000 and price * 908 < 50000000000""",
    "q15": f"select {DAY} day, {BIDS}, {BIDDERS_AND_AUCTIONS} from bids group by 1",
    "q16": f"""select channel, {DAY} day, max({MINUTE}) minute, {BIDS}, {BIDDERS_AND_AUCTIONS}
               from bids group by 1, 2""",
    "q17": f"""select auction, {DAY} day, {BIDS}, min(price) min_price, max(price) max_price,
                      avg(price) avg_price, sum(price) sum_price
               from bids group by 1, 2""",
    "q18": """select auction, bidder, price, channel, url, ts(dateTime) dateTime, extra
              from (select *, row_number() over (partition by bidder, auction
                                                 order by dateTime desc, n desc) place from bids)
              where place = 1""",
    "q19": """select auction, bidder, price, channel, url, ts(dateTime) dateTime, extra,
                     place rank_number
              from (select *, row_number() over (partition by auction
                                                 order by price desc, dateTime, n) place
                    from bids)
              where place <= 10""",
    "q20": """select auction, bidder, price, channel, url, ts(b.dateTime) bid_dateTime,
                     b.extra bid_extra, itemName, description, initialBid, reserve,
                     ts(a.dateTime) auction_dateTime, ts(expires) expires, seller, category,
                     a.extra auction_extra
              from bids b join auctions a on b.auction = a.id where category = 10""",
    "q21": """select auction, bidder, price, channel,
                     case lower(channel) when 'apple' then '0' when 'google' then '1'
                       when 'facebook' then '2' when 'baidu' then '3'
                       else channel_id(url) end channel_id
              from bids
              where channel_id(url) is not null
                 or lower(channel) in ('apple', 'google', 'facebook', 'baidu')""",
    "q22": """select auction, bidder, price, channel, part(url, 3) dir1, part(url, 4) dir2,
                     part(url, 5) dir3
              from bids""",
    "q23": """select b.bidder, b.price, b.channel, b.url, b.extra bid_extra, p.id person_id,
                     p.name, p.emailAddress, p.creditCard, p.city, p.state, p.extra person_extra,
                     a.itemName, a.description, a.initialBid, a.reserve,
                     ts(a.dateTime) auction_dateTime, ts(a.expires) expires, a.seller,
                     a.category, a.extra auction_extra
              from bids b join people p on p.id = b.bidder
                          join auctions a on a.seller = b.bidder""",
}


def result(base, query):
    """Column names and rows (tuples) of a query."""
    cursor = base.execute(SQL[query])
    names = [column[0] for column in cursor.description]
    scaled = [i for i, name in enumerate(names) if name.endswith("_milli")]
    rows = cursor.fetchall()
    if scaled:
        rows = [tuple(decimal.Decimal(value).scaleb(-3) if i in scaled else value
                      for i, value in enumerate(row)) for row in rows]
    return [name.removesuffix("_milli") for name in names], rows
