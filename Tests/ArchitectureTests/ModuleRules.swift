/// The allowed arrows between modules, and why each wall stands.
///
/// The table repeats Package.swift on purpose: an arrow is added in two places, so nobody adds one by accident.
enum ModuleRules {
    /// What a module may import of ours, and of packages.
    static let arrows: [String: Set<String>] = [
        "CLinux": [],
        "CArchive": [],
        "CCurl": [],
        "Diagnostics": [],
        "OCIModel": ["Diagnostics", "Crypto"],
        "DockerfileSyntax": ["Diagnostics"],
        "LaunchProtocol": ["Diagnostics"],
        "LinuxKernel": ["Diagnostics", "CLinux", "SystemPackage"],
        "DeviceInterface": ["Diagnostics"],
        "GPUPlanning": ["Diagnostics", "DeviceInterface"],
        "GPUHost": ["Diagnostics", "GPUPlanning", "LinuxKernel", "SystemPackage"],
        "BuildPlanning": ["Diagnostics", "DockerfileSyntax", "OCIModel"],
        "LaunchPlanning": ["Diagnostics", "LaunchProtocol", "OCIModel", "DeviceInterface"],
        "LayerArchive": ["Diagnostics", "OCIModel", "LinuxKernel", "CArchive", "Crypto", "SystemPackage"],
        "Registry": ["Diagnostics", "OCIModel", "LinuxKernel", "CCurl", "Crypto", "SystemPackage"],
        "ContainerRuntime": ["Diagnostics", "LaunchProtocol", "LinuxKernel", "SystemPackage"],
        "llmbox-init": ["LaunchProtocol", "LinuxKernel", "SystemPackage"],
        "Storage": ["Diagnostics", "LayerArchive", "OCIModel", "LinuxKernel", "Crypto", "SystemPackage"],
        "Engine": [
            "Diagnostics", "DockerfileSyntax", "OCIModel", "LaunchProtocol", "LinuxKernel", "BuildPlanning",
            "LaunchPlanning", "LayerArchive", "Registry", "ContainerRuntime", "Storage", "DeviceInterface",
            "GPUPlanning", "GPUHost", "SystemPackage",
        ],
        "LLMBoxCLI": [
            "Diagnostics", "OCIModel", "DeviceInterface", "GPUPlanning", "Engine", "ArgumentParser", "SystemPackage",
        ],
        "llmbox": ["LLMBoxCLI"],
        "llmbox-bench": ["Crypto"],
    ]

    /// Why a module has the arrows it has; printed when a rule about it is broken.
    static let reasons: [String: String] = [
        "CLinux": "C is the bottom: only what Swift cannot express, callable between clone and exec",
        "Diagnostics": "everything reports errors, so errors depend on nothing",
        "OCIModel": "documents are plain values; a digest must not need a disk",
        "DockerfileSyntax": "the parser is pure, so it can be tested by tables and used by editors",
        "LaunchProtocol": "llmbox-init links it: it must stay small and free of effects",
        "LinuxKernel": "llmbox-init links it: it must stay free of Foundation and of threads",
        "DeviceInterface": "what devices need is data, whoever describes them; nothing here knows a vendor's driver",
        "GPUPlanning": "what a GPU needs is decided from values, so tests need no GPU",
        "GPUHost": "the one place that looks at GPUs and drivers; what follows from it is decided in GPUPlanning",
        "BuildPlanning": "a plan is a pure value: no files, no clock, no store, so goldens can compare it",
        "LaunchPlanning": "a launch is planned as data before anything happens; effects live in ContainerRuntime",
        "LayerArchive": "layers know nothing of images, registries or containers",
        "Registry": "the registry and the store do not know each other; Engine joins them",
        "ContainerRuntime": "the runtime knows plans, not images",
        "llmbox-init": "one thread, no Foundation, nothing opened lazily: it runs inside the container before exec",
        "Storage": "the store keeps bytes; it neither fetches nor runs them",
        "Engine": "use cases join the modules; nothing below may need them",
        "LLMBoxCLI": "commands turn flags into one engine call and render the answer; logic lives below",
    ]

    /// Modules in which no part of Foundation may appear, FoundationEssentials included.
    static let withoutFoundation: Set<String> = [
        "Diagnostics", "DockerfileSyntax", "LaunchProtocol", "LinuxKernel", "llmbox-init",
    ]

    /// Pure modules: nothing of the operating system may be imported.
    static let pure: Set<String> = [
        "Diagnostics", "DockerfileSyntax", "OCIModel", "BuildPlanning", "LaunchPlanning",
        "GPUPlanning", "DeviceInterface",
    ]

    /// Imports that come with the toolchain and are judged by the two sets above.
    static let toolchain: Set<String> = ["Glibc", "FoundationEssentials", "Synchronization", "Swift"]
}
