"""The network interfaces of the boards: needed once.

Each function returns the interface, the function that begins to connect, and its arguments."""


def wifi(settings):
    """`settings`: the name of the network, a zero byte, its password."""
    import network

    name, _, password = settings.partition(b"\0")
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    # power save loses multicast, which is how managers find the wallbox
    wlan.config(pm=getattr(network.WLAN, "PM_NONE", 0xA11140))
    return wlan, wlan.connect, (name.decode(), password.decode())


def ethernet(board):
    """A LAN8720 on the ESP32, a W5500 on the RP2040."""
    import network

    if board.CHIP == "esp32":
        from machine import Pin

        phy = network.PHY_LAN8720  # type: ignore[attr-defined]
        lan = network.LAN(  # type: ignore[call-arg]
            mdc=Pin(23), mdio=Pin(18), phy_type=phy, phy_addr=board.PHY_ADDRESS,
            ref_clk=Pin(0), ref_clk_mode=Pin.IN,
        )  # fmt: skip
    else:
        from machine import SPI, Pin

        chip = network.WIZNET5K  # type: ignore[attr-defined]
        lan = chip(SPI(0, 20_000_000, mosi=Pin(19), miso=Pin(16), sck=Pin(18)),
                   Pin(17), Pin(20))  # fmt: skip
    return lan, lan.active, (True,)
