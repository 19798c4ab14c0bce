internal import Glibc

// Measures llmbox beside whichever of docker, podman and runc this machine has, all in one run, so that the ratios
// hold even where the seconds do not. Prints a table on standard error and JSON on standard output.
//
//     swift run -c release llmbox-bench [--size MiB] [--repeat N] [--only NAME,…] [--directory DIR]

var mebibytes = 2048
var repetitions = 20
var only: Set<String> = []
var directory = "/var/tmp/llmbox-bench-\(getpid())"

var arguments = CommandLine.arguments.dropFirst()
while let option = arguments.popFirst() {
    guard let value = arguments.popFirst() else {
        Command.say(
            "error: `\(option)` needs a value; options are --size MiB, --repeat N, --only NAME,…, --directory DIR\n"
        )
        exit(125)
    }
    switch (option, Int(value)) {
    case ("--size", let number?) where number > 0: mebibytes = number
    case ("--repeat", let number?) where number > 0: repetitions = number
    case ("--only", _): only = Set(value.split(separator: ",").map(String.init))
    case ("--directory", _): directory = value
    default:
        Command.say("error: cannot use `\(option) \(value)`\n")
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

let work = Workload(directory: directory, weightBytes: mebibytes << 20)
work.prepare()
let tools = [Toolbox.llmbox(work, program: llmbox), Toolbox.docker(work), Toolbox.podman(work), Toolbox.runc(work)]
let chosen = tools.compactMap { $0 }.filter { only.isEmpty || only.contains($0.name) || $0.name == "llmbox" }
_ = work.hashSeconds()
let hashSeconds = work.hashSeconds()
var measurements: [Measurement] = []
for tool in chosen {
    Command.say("measuring \(tool.name)\n")
    measurements.append(Measurement.measure(tool, repetitions: repetitions, directory: directory))
}
let report = Report(measurements: measurements, hashSeconds: hashSeconds, weightBytes: work.weightBytes)
Command.say(report.table)
print(report.json)
_ = Command.run(["rm", "-rf", directory])
exit(measurements.allSatisfy { $0.notes.isEmpty } ? 0 : 1)
