"""Official case ids that can apply to a wallbox, with the roles of the device under test."""

SERVER, CLIENT = ("server",), ("client",)
EITHER = ("server", "client")

_SHIP = {
    "server+client": ("CONN_001", "ROLE_003"),
    "server": (
        *("MDNS_001", "ROLE_001", "CMI_001", "CMI_003", "CMI_005"),
        *("HELLO_001", "HELLO_002", "HELLO_003", "HELLO_004"),
        *("PROT_001", "PROT_003", "PROT_005"),
    ),
    "client": (
        *("ROLE_002", "CMI_002", "CMI_004", "CMI_006", "PROT_002", "PROT_004", "PROT_006"),
    ),
    "either": (
        *("SEC_001", "SEC_002", "MSG_001", "MSG_002", "MSG_003", "PIN_001", "TERM_001"),
        *("AM_001", "AMDATA_001", "AMDATA_002", "AMDATA_003", "AMDATA_004"),
    ),
}
_SPINE = (
    *(f"COMP_00{n}" for n in range(1, 7)),
    *(f"DATA_00{n}" for n in range(1, 9)),
    *("FC_001", "DDISC_001", "DDISC_002", "BIND_001", "BIND_002", "SUBS_001", "SUBS_002"),
    *("ENTITY_002", "RTS_001", "RTS_002", "RTS_003", "RTS_004", "RTS_005"),
)
_LIMITATION = (
    *("COM_PT_CSHeartbeat_001", "COM_NT_CSConnection_001"),
    *(f"COM_PT_CSConnection_00{n}" for n in range(2, 10)),
    *("COM_PT_CSInit_001", "COM_PT_CSInit_002", "COM_PT_CSInit_003"),
    *("COM_NT_CSLimited_001", "COM_PT_CSLimited_002"),
    *("COM_NT_CSUnlCntrl_001", "COM_PT_CSUnlCntrl_003"),
    *("COM_PT_CSFS_001", "COM_PT_CSFS_002", "COM_PT_CSFS_003"),
    *("COM_NT_CSUnlAuto_001", "COM_PT_CSUnlAuto_002"),
    *("COM_PT_CSTransition1_001", "COM_PT_CSTransition1_002", "COM_PT_CSTransition2_001"),
    *("COM_PT_CSTransition3_001", "COM_PT_CSTransition3_002", "COM_PT_CSTransition4_001"),
    *("COM_PT_CSTransition5_001", "COM_PT_CSTransition6_001", "COM_PT_CSTransition6_002"),
    *("COM_PT_CSTransition7_001", "COM_PT_CSTransition8_001", "COM_PT_CSTransition8_002"),
    *("COM_PT_CSTransition9_001", "COM_PT_CSTransition10_001", "COM_PT_CSTransition10_002"),
    *("COM_PT_CSTransition11_001", "COM_PT_CSTransition11_002", "COM_PT_CSTransition12_001"),
    "INS2_PT_CSTransition1_001",
)
_MPC = (
    *("COM_PT_MUPolling_001", "COM_PT_MUNotification_001", "SCE1_PT_MUTotalActivePower_001"),
    *(f"SCE1_PT_MUPhaseActivePower_00{n}" for n in (1, 2, 3)),
    *(f"SCE2_PT_MUTotalConsumedEnergy_00{n}" for n in (1, 2)),
    *(f"SCE2_PT_MUTotalProducedEnergy_00{n}" for n in (1, 2)),
    *(f"SCE3_PT_MUActiveACCurrent_00{n}" for n in (1, 2, 3)),
    *(f"SCE4_PT_MUACVoltage_00{n}" for n in range(1, 7)),
    "SCE5_PT_MUFrequency_001",
)

# id -> roles; "server+client" cases use both roles at once and count as one.
APPLICABLE = {
    **{
        f"TC_SHIP_{name}": EITHER if roles == "either" else (roles,)
        for roles, names in _SHIP.items()
        for name in names
    },
    **{f"TC_SPINE_{name}": SERVER for name in _SPINE},
    **{f"ATC_{use}_{name}": SERVER for use in ("LPC", "LPP") for name in _LIMITATION},
    **{f"ATC_MPC_{name}": SERVER for name in _MPC},
}

_REQUIRED_TRANSITIONS = tuple(f"ATC_LPC_COM_PT_CSTransition{n}_" for n in (1, 2, 4, 5, 6, 7, 8, 9))


def required(case_id):
    """True for the cases that decide the exit code."""
    return case_id.startswith(("TC_SHIP_", *_REQUIRED_TRANSITIONS))
