from ejson.writer import Writer
from spine.device import Device

def render(w: Writer, device: Device) -> None: ...
