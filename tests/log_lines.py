"""Log lines of several systems' styles, written for these tests, each with the message it is an instance of."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random

NAMES = ("anna", "ben", "carla", "dora", "emil", "frida", "gustav", "hanna", "ivan", "julia", "karl", "lena", "mona")
TABLES = ("orders", "users", "carts", "stock", "prices", "refunds", "ledger", "visits")
LEVELS = ("INFO", "WARN", "ERROR")


def _hex(rng: Random, size: int) -> str:
    return "".join(rng.choices("0123456789abcdef", k=size))


def _address(rng: Random) -> str:
    return ".".join(str(rng.randint(1, 254)) for _ in range(4))


def _path(rng: Random) -> str:
    folder = rng.choice(["var", "srv", "data"])
    return f"/{folder}/{rng.choice(TABLES)}{rng.choice(['', '1', '22'])}/{rng.choice(NAMES)}.log"


def _time(rng: Random) -> str:
    return f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"


VALUES: dict[str, Callable[[Random], str]] = {
    "n": lambda rng: str(rng.randint(0, 10 ** rng.randint(1, 6))),
    "float": lambda rng: f"{rng.random() * 90:.{rng.randint(1, 4)}f}",
    "took": lambda rng: f"{rng.randint(1, 5000)}ms",
    "size": lambda rng: f"{rng.random() * 50:.1f}{rng.choice(['KB', 'MB', 'GB'])}",
    "hex": lambda rng: "0x" + _hex(rng, 8),
    "sha": lambda rng: _hex(rng, rng.choice([12, 40])) + "7",
    "uuid": lambda rng: "-".join(_hex(rng, size) for size in (8, 4, 4, 4, 12)),
    "ip": _address,
    "socket": lambda rng: f"{_address(rng)}:{rng.randint(1024, 65000)}",
    "user": lambda rng: rng.choice(NAMES),
    "host": lambda rng: f"{rng.choice(['web', 'db', 'node'])}-{rng.randint(1, 40)}.example.com",
    "email": lambda rng: f"{rng.choice(NAMES)}@{rng.choice(NAMES)}.example",
    "path": _path,
    "url": lambda rng: f"https://{rng.choice(NAMES)}.example/{rng.choice(NAMES)}/{rng.randint(1, 999)}?q=1",
    "order": lambda rng: f"ORD-{rng.randint(1000, 99999)}",
    "merchant": lambda rng: f"MERCH-{_hex(rng, 6).upper()}1",
    "sku": lambda rng: f"SKU_{_hex(rng, 3).upper()}{rng.randint(10, 999)}",
    "version": lambda rng: f"v{rng.randint(1, 4)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}",
    "api": lambda rng: f"v{rng.randint(1, 4)}",
    "quoted": lambda rng: '"' + " ".join(rng.choices(NAMES, k=rng.randint(1, 3))) + '"',
    "word": lambda rng: f"'{rng.choice(NAMES)}'",
    "ts": lambda rng: f"2026-11-{rng.randint(1, 28):02}T{_time(rng)}Z",
    "list": lambda rng: "[" + ", ".join(str(rng.randint(1, 99)) for _ in range(rng.randint(1, 6))) + "]",
    "thread": lambda rng: f"pool-{rng.randint(1, 9)}-thread-{rng.randint(1, 30)}",
    "pod": lambda rng: f"{rng.choice(['api', 'cart', 'pay'])}-{_hex(rng, 8)}4-{_hex(rng, 5)}",
    "money": lambda rng: f"{rng.randint(1, 900)}.{rng.randint(10, 99)} EUR",
    "span": lambda rng: f"{rng.randint(0, 3)}h{rng.randint(0, 59)}m",
    "percent": lambda rng: f"{rng.randint(0, 100)}%",
    "block": lambda rng: f"blk_{rng.choice(['', '-'])}{rng.randint(10**9, 10**15)}",
    "time": _time,
    "table": lambda rng: rng.choice(TABLES),
    "class": lambda rng: f"com.shop.{rng.choice(['cart', 'pay'])}.{rng.choice(['Loader', 'Writer', 'Sync', 'Guard'])}",
    "service": lambda rng: rng.choices(["billing", "search", "mailer", "basket", "tax"], [30, 9, 5, 3, 1])[0],
    "error": lambda rng: rng.choice(["TimeoutError", "OSError", "KeyError", "ParseError", "IOError"]),
    "day": lambda rng: f"{rng.randint(1, 28):02}",
}
STYLES: dict[str, tuple[str, str]] = {
    "java": (
        "{ts} [{thread}] {level} {class}: ",
        """Started application in {float} seconds
Connection pool {word} has {n} idle connections
Failed to load cart {uuid} for user {user}
Failed to load cart {uuid} for guest session
Retrying request {n} of {n} after {took}
Order {order} accepted from {ip}
Order {order} rejected: insufficient stock for {sku}
Order {order} rejected: payment declined by bank
Cache miss for key {sku}
Cache hit for key {sku}
Flushed {n} entries to {path} in {took}
Listener {class} registered on queue {table}
Shutting down worker {thread}
Transaction {hex} rolled back because of {class}
Received heartbeat from {host} after {took}
Lost heartbeat from {host} after {took}""",
    ),
    "kv": (
        "",
        """level=info msg="request served" method=GET path={path} status=200 dur={took}
level=error msg="request failed" method=POST path={path} status=500 dur={took} err="timeout after {took}"
level=info msg="user logged in" user={user} ip={ip}
level=info msg="user logged out" user={user} ip={ip}
level=warn msg="queue is long" queue={table} length={n}
level=warn msg="disk is filling" mount={path} used={percent}
level=info msg="job done" job={uuid} rows={n} took={span}
level=error msg="job died" job={uuid} reason="out of memory"
level=debug msg="token refreshed" client={merchant} expires={ts}
level=error msg="webhook refused" url={url} status={n} attempt={n}""",
    ),
    "hdfs": (
        "",
        """Receiving block {block} src: /{socket} dest: /{socket}
Received block {block} of size {n} from /{ip}
PacketResponder {n} for block {block} terminating
PacketResponder {block} {n} Exception java.io.IOException: Broken pipe
Verification succeeded for {block}
Deleting block {block} file {path}
BLOCK* NameSystem.addStoredBlock: blockMap updated: {socket} is added to {block} size {n}
BLOCK* NameSystem.delete: {block} is added to invalidSet of {socket}
BLOCK* ask {socket} to replicate {block} to datanode(s) {socket}
BLOCK* ask {socket} to delete {block}
writeBlock {block} received exception java.io.IOException: Connection reset by peer
{socket}:Got exception while serving {block} to /{ip}:
{socket} Served block {block} to /{ip}""",
    ),
    "shop": (
        "",
        """Payment callback URL validation failed for {merchant}
Payment of {money} captured for order {order}
Payment of {money} refunded for order {order}
Webhook delivery to {url} failed with status {n}
Webhook delivery to {url} timed out after {took}
GET /api/{api}/orders/{n} 404 {took}
POST /api/{api}/checkout/complete 500 {took}
PUT /api/{api}/inventory/{sku} 429 {took}
Price list {quoted} is older than {span}
Stock of {sku} is now {n}, was {n}
Merchant {merchant} moved to wave {n}
Merchant {merchant} moved back by {user}
Token of {email} uses version {version}, expected {version}
{user} signed in from {ip}
{user} changed the shipping address of {order}
Import of {n} rows finished, {n} bad rows: {list}""",
    ),
    "nginx": (
        "2026/11/{day} {time} [{level}] {n}#{n}: ",
        """*{n} connect() failed (111: Connection refused) while connecting to upstream, client: {ip}, upstream: {url}
*{n} upstream timed out (110: Connection timed out) while reading upstream, client: {ip}, server: {host}
*{n} open() {quoted} failed (2: No such file or directory), client: {ip}
*{n} client sent invalid host header while reading client request headers, client: {ip}
*{n} limiting requests, excess: {float} by zone {quoted}, client: {ip}
signal {n} (SIGCHLD) received from {n}
worker process {n} exited with code {n}
gracefully shutting down
start worker process {n}
using inherited sockets from {quoted}""",
    ),
    "k8s": (
        "{level}1120 {time}.{n}       1 kubelet.go:{n}] ",
        """Pulling image {quoted}
Successfully pulled image {quoted} in {float}s
Back-off restarting failed container {user} in pod {pod}
Created container {user}
Started container {user}
Killing container with id docker://{sha}
Readiness probe failed: Get {url}: dial tcp {socket}: connect: connection refused
Liveness probe failed: HTTP probe failed with statuscode: {n}
Scaled up replica set {pod} to {n}
Scaled down replica set {pod} to {n}
Node {host} status is now: NodeNotReady
Node {host} status is now: NodeReady
MountVolume.SetUp failed for volume {quoted} : secret {quoted} not found
Attach volume {uuid} to node {host}""",
    ),
    "db": (
        "{ts} [{n}] {level}:  ",
        """checkpoint starting: time
checkpoint complete: wrote {n} buffers ({percent}); write={float} s, sync={float} s, total={float} s
connection received: host={ip} port={n}
connection authorized: user={user} database={table}
disconnection: session time: {time} user={user} database={table} host={ip}
duplicate key value violates unique constraint {quoted}
deadlock detected
Process {n} waits for ShareLock on transaction {n}; blocked by process {n}.
relation {quoted} does not exist at character {n}
canceling statement due to statement timeout
duration: {float} ms  statement: SELECT * FROM {table} WHERE id = {n}
duration: {float} ms  statement: UPDATE {table} SET total = {float} WHERE id = {n}
temporary file: path {quoted}, size {n}
automatic vacuum of table {quoted}: index scans: {n}
password authentication failed for user {quoted}
replication slot {quoted} is {size} behind""",
    ),
    "mail": (
        "Mar {day} {time} mx{n} postfix/",
        """smtpd[{n}]: connect from {host}[{ip}]
smtpd[{n}]: disconnect from {host}[{ip}] ehlo=1 mail={n} rcpt={n} quit=1 commands={n}
smtpd[{n}]: NOQUEUE: reject: RCPT from unknown[{ip}]: <{email}>: Relay access denied; from=<{email}> to=<{email}>
cleanup[{n}]: {sha}: message-id=<{sha}@{host}>
qmgr[{n}]: {sha}: from=<{email}>, size={n}, nrcpt={n} (queue active)
qmgr[{n}]: {sha}: removed
smtp[{n}]: {sha}: to=<{email}>, relay={host}[{ip}]:25, delay={float}, status=sent (250 2.0.0 OK)
smtp[{n}]: {sha}: to=<{email}>, relay=none, delay={float}, status=deferred (connection timed out)
smtpd[{n}]: warning: hostname {host} does not resolve to address {ip}
smtpd[{n}]: lost connection after AUTH from unknown[{ip}]
smtpd[{n}]: lost connection after DATA from unknown[{ip}]""",
    ),
    "json": (
        "",
        """{"time":"{ts}","level":"info","msg":"cart restored","user":"{user}","items":{n}}
{"time":"{ts}","level":"info","msg":"cart emptied","user":"{user}","items":{n}}
{"time":"{ts}","level":"error","msg":"payment provider timed out","provider":"{service}","ms":{n}}
{"time":"{ts}","level":"error","msg":"payment provider refused the card","provider":"{service}","code":"{n}"}
{"time":"{ts}","level":"warn","msg":"slow query","table":"{table}","ms":{n}}
{"time":"{ts}","level":"warn","msg":"retrying in {took}","attempt":{n},"service":"{service}"}
{"time":"{ts}","level":"error","msg":"unhandled {error}","trace":"{uuid}"}
{"time":"{ts}","level":"debug","msg":"flag loaded","flag":"{user}","on":true}""",
    ),
}
"""By name: what stands before a message, and the messages of one system."""
WRITTEN_FOR = ("java", "kv", "hdfs", "shop")
"""The styles that were looked at while the templates were written; the others were put aside."""
HELD_OUT = ("nginx", "k8s", "db", "mail", "json")


def draw_lines(style: str, count: int, seed: int) -> tuple[list[str], list[int]]:
    """Lines of one style, some messages much more often than others, and which message each is."""
    rng = Random(f"{style}{seed}")
    head, body = STYLES[style]
    messages = body.strip().splitlines()
    often = [1 / (place + 1) for place in range(len(messages))]
    rng.shuffle(often)
    drawn = rng.choices(range(len(messages)), often, k=count)
    return [_fill(head.replace("{level}", LEVELS[place % 3]) + messages[place], rng) for place in drawn], drawn


def _fill(text: str, rng: Random) -> str:
    return re.sub(
        r"\{([a-z]+)\}", lambda name: VALUES[name.group(1)](rng) if name.group(1) in VALUES else name.group(), text
    )


def grouped_right(templates: Sequence[str], messages: Sequence[int]) -> float:
    """The share of lines whose template has all lines of their message and no other."""
    found, true = defaultdict(set), defaultdict(set)
    for place, (template, message) in enumerate(zip(templates, messages, strict=True)):
        found[template].add(place)
        true[message].add(place)
    return sum(len(places) for places in true.values() if found[templates[min(places)]] == places) / len(messages)
