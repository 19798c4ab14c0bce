// swift-tools-version: 6.2
import PackageDescription

// One set of rules for every target: Swift 6 language mode, explicit imports, and warnings are errors.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
    // Generic types are made by calls that name what they need. The other way, by their names as text, is a search
    // through all conformances of the program for each, which was a quarter of what llmbox computes for a start.
    .unsafeFlags(
        ["-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors"],
        .when(configuration: .release)
    ),
]

let strictC: [CSetting] = [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let targetsWithGoldens: Set = [
    "BuildPlanningTests", "DockerfileSyntaxTests", "LaunchPlanningTests", "LayerArchiveTests",
]

// The modules and the arrows between them. Arrows point down only; `ArchitectureTests` knows why.
let package = Package(
    name: "llmbox",
    products: [
        .executable(name: "llmbox", targets: ["llmbox"]),
        .executable(name: "llmbox-init", targets: ["llmbox-init"]),
        .executable(name: "llmbox-bench", targets: ["llmbox-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        // Level 0: C that Swift cannot express, and libraries opened only when they are needed.
        .target(name: "CLinux", cSettings: strictC),
        .target(name: "CArchive", cSettings: strictC),
        .target(name: "CCurl", cSettings: strictC),

        // Level 1
        .target(name: "Diagnostics", swiftSettings: strict),

        // Level 2
        .target(name: "OCIModel", dependencies: ["Diagnostics", crypto], swiftSettings: strict),
        .target(name: "DockerfileSyntax", dependencies: ["Diagnostics"], swiftSettings: strict),
        .target(name: "LaunchProtocol", dependencies: ["Diagnostics"], swiftSettings: strict),
        .target(name: "LinuxKernel", dependencies: ["Diagnostics", "CLinux", system], swiftSettings: strict),
        .target(name: "DeviceInterface", dependencies: ["Diagnostics"], swiftSettings: strict),

        // Level 3
        .target(name: "GPUPlanning", dependencies: ["Diagnostics", "DeviceInterface"], swiftSettings: strict),
        .target(
            name: "LaunchPlanning",
            dependencies: ["Diagnostics", "LaunchProtocol", "OCIModel", "DeviceInterface"],
            swiftSettings: strict
        ),
        .target(
            name: "GPUHost",
            dependencies: ["Diagnostics", "GPUPlanning", "LinuxKernel", system],
            swiftSettings: strict
        ),
        .target(
            name: "BuildPlanning",
            dependencies: ["Diagnostics", "DockerfileSyntax", "OCIModel"],
            swiftSettings: strict
        ),
        .target(
            name: "LayerArchive",
            dependencies: ["Diagnostics", "OCIModel", "LinuxKernel", "CArchive", crypto, system],
            swiftSettings: strict
        ),
        .target(
            name: "Registry",
            dependencies: ["Diagnostics", "OCIModel", "LinuxKernel", "CCurl", crypto, system],
            swiftSettings: strict
        ),
        .target(
            name: "ContainerRuntime",
            dependencies: ["Diagnostics", "LaunchProtocol", "LinuxKernel", system],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "llmbox-init",
            dependencies: ["LaunchProtocol", "LinuxKernel", system],
            swiftSettings: strict,
            // Inside a container there is no library to load; one copy goes to memory for each start, so size matters.
            linkerSettings: [
                .unsafeFlags(["-static-executable", "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker", "-s"])
            ]
        ),

        // Level 4
        .target(
            name: "Storage",
            dependencies: ["Diagnostics", "LayerArchive", "OCIModel", "LinuxKernel", crypto, system],
            swiftSettings: strict
        ),

        // Level 5
        .target(
            name: "Engine",
            dependencies: [
                "Diagnostics", "DockerfileSyntax", "OCIModel", "LaunchProtocol", "LinuxKernel", "BuildPlanning",
                "LaunchPlanning", "LayerArchive", "Registry", "ContainerRuntime", "Storage", "DeviceInterface",
                "GPUPlanning", "GPUHost", system,
            ],
            swiftSettings: strict
        ),

        // Level 6
        .target(
            name: "LLMBoxCLI",
            dependencies: [
                "Diagnostics", "OCIModel", "DeviceInterface", "GPUPlanning", "Engine", argumentParser, system,
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "llmbox",
            dependencies: ["LLMBoxCLI"],
            exclude: ["Linking"],
            swiftSettings: strict,
            // 70,000 addresses need no correction at each start when the linker knows them; decision 0011 weighs it.
            linkerSettings: [
                .unsafeFlags(
                    [
                        // It finds what archives need of each other, in whatever order they stand.
                        "-use-ld=lld", "-Xclang-linker", "-no-pie", "-Xclang-linker", "-static-libgcc",
                        "-L", Context.packageDirectory + "/Sources/llmbox/Linking",
                    ],
                    .when(configuration: .release)
                )
            ]
        ),
        .executableTarget(name: "llmbox-bench", dependencies: [crypto], swiftSettings: strict),

        // Tests
        .target(name: "TestSupport", dependencies: [system], path: "Tests/TestSupport", swiftSettings: strict),
    ]
        + [
            ("ArchitectureTests", []),
            ("DiagnosticsTests", ["Diagnostics"]),
            ("OCIModelTests", ["OCIModel"]),
            ("DockerfileSyntaxTests", ["DockerfileSyntax", "Diagnostics"]),
            ("LaunchProtocolTests", ["LaunchProtocol"]),
            ("LinuxKernelTests", ["LinuxKernel"]),
            ("BuildPlanningTests", ["BuildPlanning", "DockerfileSyntax", "OCIModel", "Diagnostics"]),
            ("LaunchPlanningTests", ["LaunchPlanning", "LaunchProtocol", "OCIModel", "DeviceInterface"]),
            ("DeviceInterfaceTests", ["DeviceInterface"]),
            ("GPUPlanningTests", ["GPUPlanning", "DeviceInterface"]),
            ("GPUHostTests", ["GPUHost", "GPUPlanning", "LinuxKernel"]),
            ("LayerArchiveTests", ["LayerArchive", "OCIModel", "LinuxKernel"]),
            ("RegistryTests", ["Registry", "OCIModel"]),
            ("ContainerRuntimeTests", ["ContainerRuntime", "LaunchProtocol", "LinuxKernel"]),
            ("StorageTests", ["Storage", "LayerArchive", "OCIModel", "LinuxKernel"]),
            (
                "EngineTests",
                [
                    "Engine", "ContainerRuntime", "LaunchPlanning", "LaunchProtocol", "LinuxKernel", "Storage",
                    "OCIModel",
                ]
            ),
            ("LLMBoxCLITests", ["LLMBoxCLI", "Engine", "OCIModel"]),
            ("EndToEndTests", ["OCIModel"]),
        ].map { (name: String, modules: [String]) -> Target in
            .testTarget(
                name: name,
                dependencies: ["TestSupport", system] + modules.map { .byName(name: $0) },
                // Tests find golden files beside their sources; they are no resources of a bundle.
                exclude: targetsWithGoldens.contains(name)
                    ? ["Goldens"] : name == "EndToEndTests" ? ["Dockerfiles", "Goldens", "Posture"] : [],
                swiftSettings: strict
            )
        }
)
