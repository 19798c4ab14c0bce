internal import Glibc

// Measures llmbox beside whichever of docker, buildah, podman and runc this machine has, all in one run, so that the ratios
// hold even where the seconds do not. Prints a table on standard error and JSON on standard output.
//
//     swift run -c release llmbox-bench [--size MiB] [--repeat N] [--only NAME,…] [--parts PART,…] [--directory DIR]

var mebibytes = 2048
var repetitions = 20
var only: Set<String> = []
var parts = Set(Workload.Part.allCases)
var directory = "/var/tmp/llmbox-bench-\(getpid())"

let usage = """
    usage: llmbox-bench [--size MiB] [--repeat N] [--only NAME,…] [--parts PART,…] [--directory DIR]
    parts: \(Workload.Part.allCases.map(\.rawValue).joined(separator: ", "))

    """

var arguments = CommandLine.arguments.dropFirst()
while let option = arguments.popFirst() {
    if ["--help", "-h"].contains(option) {
        print(usage, terminator: "")
        exit(0)
    }
    guard let value = arguments.popFirst() else {
        Command.say("error: `\(option)` needs a value\n\n\(usage)")
        exit(125)
    }
    switch (option, Int(value)) {
    case ("--size", let number?) where number > 0: mebibytes = number
    case ("--repeat", let number?) where number > 0: repetitions = number
    case ("--only", _): only = Set(value.split(separator: ",").map(String.init))
    case ("--parts", _) where value.split(separator: ",").allSatisfy({ Workload.Part(rawValue: String($0)) != nil }):
        parts = Set(value.split(separator: ",").compactMap { Workload.Part(rawValue: String($0)) })
    case ("--directory", _): directory = value
    default:
        Command.say("error: cannot use `\(option) \(value)`\n\n\(usage)")
        exit(125)
    }
}

var link = [CChar](repeating: 0, count: 4096)
let length = readlink("/proc/self/exe", &link, link.count)
let ourselves = String(decoding: link.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
let llmbox = ourselves.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/llmbox"
guard access(llmbox, X_OK) == 0 else {
    Command.say("error: cannot find `\(llmbox)`\n\nhint: run `swift build -c release --static-swift-stdlib` first\n")
    exit(1)
}

let work = Workload(parts: parts, directory: directory, weightBytes: mebibytes << 20)
work.prepare()
let wantsDocker = only.isEmpty || only.contains("docker")
let docker = wantsDocker ? Toolbox.docker(work) : nil
let tools = [
    Toolbox.llmbox(work, program: llmbox), docker?.tool, Toolbox.buildah(work), Toolbox.podman(work),
    Toolbox.runc(work),
]
let chosen = tools.compactMap { $0 }.filter { tool in
    only.isEmpty || tool.name == "llmbox" || only.contains { tool.name.hasPrefix($0) }
}
_ = work.hashSeconds()
let hashSeconds = work.hashSeconds()
var measurements: [Measurement] = []
for tool in chosen {
    Command.say("measuring \(tool.name)\n")
    var measurement = Measurement.measure(tool, work, repetitions: repetitions)
    if tool.name == docker?.tool.name { measurement.measureDocker(work, repetitions: repetitions) }
    measurements.append(measurement)
}
let pulls = parts.isSuperset(of: [.builds, .transfers]) ? TransferMeasurement.measureAll(chosen, work) : [:]
for (name, transfers) in pulls {
    guard let index = measurements.firstIndex(where: { $0.tool == name }) else { continue }
    measurements[index].transfers = transfers
    measurements[index].notes += transfers.notes
}
docker?.daemon.stop()
let report = Report(
    measurements: measurements,
    hashSeconds: hashSeconds,
    loopback: parts.contains(.ports) && PortMeasurement.isPossible ? PortMeasurement.loopback() : nil,
    putSeconds: parts.contains(.builds) ? PushFloor.seconds(work) : nil,
    weightBytes: work.weightBytes,
    processors: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
)
Command.say(report.table + "\n" + report.markdown)
print(report.json)
work.remove()
exit(measurements.allSatisfy { $0.notes.isEmpty } ? 0 : 1)
