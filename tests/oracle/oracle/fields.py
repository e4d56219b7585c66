"""Where an event keeps what a rule calls a field: the built-in mapping of §6."""

from __future__ import annotations

from functools import cache

Source = tuple[str, str, str]  # product, category, service; "": not named

_ALSO: dict[str, tuple[str, ...]] = {
    "EventID": (
        "Event.System.EventID",
        "Event.System.EventID.#text",
        "winlog.event_id",
        "event.code",
    ),
    "Channel": ("Event.System.Channel", "winlog.channel"),
    "Computer": ("Event.System.Computer", "winlog.computer_name", "Hostname", "host.name"),
    "Provider_Name": (
        "Event.System.Provider.#attributes.Name",
        "Event.System.Provider.@Name",
        "Event.System.Provider.Name",
        "winlog.provider_name",
        "SourceName",
        "event.provider",
    ),
    "EventRecordID": ("Event.System.EventRecordID", "winlog.record_id"),
    "CommandLine": ("process.command_line",),
    "Image": ("process.executable",),
    "ParentImage": ("process.parent.executable",),
    "ParentCommandLine": ("process.parent.command_line",),
    "CurrentDirectory": ("process.working_directory",),
    "ProcessId": ("process.pid",),
    "ParentProcessId": ("process.parent.pid",),
    "OriginalFileName": ("process.pe.original_file_name",),
    "Company": ("process.pe.company",),
    "Description": ("process.pe.description",),
    "Product": ("process.pe.product",),
    "FileVersion": ("process.pe.file_version",),
    "User": ("user.name",),
    "TargetFilename": ("file.path",),
    "TargetObject": ("registry.path",),
    "Details": ("registry.data.strings",),
    "ImageLoaded": ("dll.path",),
    "Signature": ("dll.code_signature.subject_name",),
    "SignatureStatus": ("dll.code_signature.status",),
    "Signed": ("dll.code_signature.exists",),
    "DestinationIp": ("destination.ip",),
    "DestinationPort": ("destination.port",),
    "DestinationHostname": ("destination.domain",),
    "SourceIp": ("source.ip",),
    "SourcePort": ("source.port",),
    "SourceHostname": ("source.domain",),
    "Protocol": ("network.transport",),
    "QueryName": ("dns.question.name",),
    "QueryStatus": ("dns.response_code",),
    "QueryResults": ("dns.answers.data",),
    "ScriptBlockText": ("powershell.file.script_block_text",),
}
for _name in ("Level", "Task", "Opcode", "Keywords", "Version"):
    _ALSO[_name] = (f"Event.System.{_name}",)
for _name in (
    "Provider_Guid",
    "Execution_ProcessID",
    "Execution_ThreadID",
    "Security_UserID",
    "Correlation_ActivityID",
    "TimeCreated_SystemTime",
):
    _x, _y = _name.split("_")
    _ALSO[_name] = tuple(f"Event.System.{_x}.{mark}{_y}" for mark in ("#attributes.", "@", ""))

_REGISTRY = ("registry_add", "registry_set", "registry_delete", "registry_rename", "registry_event")
_OLD_NAMES = {
    "process_creation": {
        "Image": "NewProcessName",
        "ParentImage": "ParentProcessName",
        "LogonId": "SubjectLogonId",
    },
    **{category: {"TargetObject": "ObjectName", "Details": "NewValue"} for category in _REGISTRY},
}


def _five_places(name: str) -> tuple[str, ...]:
    return (
        name,
        f"Event.EventData.{name}",
        f"Event.UserData.*.{name}",
        f"EventData.{name}",
        f"winlog.event_data.{name}",
    )


@cache
def paths_of(field: str, source: Source) -> tuple[str, ...]:
    """The paths of a field in a rule of that log source, in order (F6)."""
    name = field.replace(" ", "")  # F1
    product, category, _ = source
    if product not in ("", "windows") or "." in name:
        return (name,)
    paths = _five_places(name) + _ALSO.get(name, ())
    old = _OLD_NAMES.get(category, {}).get(name)
    return paths + (_five_places(old) if old else ())
