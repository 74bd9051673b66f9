"""The SHIP messages as bytes (6.10.4, Tables 31 to 42 and 53); % is a hole for Writer.t()."""

INIT = b"\x00\x00"
HELLO = b'\x01{"connectionHello":[{"phase":"%"},{"waiting":%}]}'
PROLONG = b'\x01{"connectionHello":[{"phase":"pending"},{"prolongationRequest":true}]}'
ABORT = b'\x01{"connectionHello":[{"phase":"aborted"}]}'
HANDSHAKE = (
    b'\x01{"messageProtocolHandshake":[{"handshakeType":"%"},{"version":[{"major":1},{"minor":0}]},'
    b'{"formats":[{"format":["JSON-UTF8"]}]}]}'
)
HANDSHAKE_ERROR = b'\x01{"messageProtocolHandshakeError":[{"error":%}]}'
PIN_STATE = b'\x01{"connectionPinState":[{"pinState":"none"}]}'
ACCESS_REQUEST = b'\x01{"accessMethodsRequest":[]}'
ACCESS = b'\x01{"accessMethods":[{"id":%},{"dnsSd_mDns":[]}]}'
DATA_HEAD = b'\x02{"data":[{"header":[{"protocolId":"ee1.0"}]},{"payload":'
DATA_TAIL = b"}]}"
CLOSE_ANNOUNCE = b'\x03{"connectionClose":[{"phase":"announce"},{"maxTime":%},{"reason":"%"}]}'
CLOSE_CONFIRM = b'\x03{"connectionClose":[{"phase":"confirm"}]}'
