internal import ArgumentParser

/// Options of docker's `network create` that have one value here, or that clusters have.
struct NetworkCompatibilityOptionGroup: ParsableArguments {
    @Option(name: .long, help: .hidden) var scope = "local"
    @Option(name: .long, help: .hidden) var ipamDriver = "default"
    @Option(name: .long, help: .hidden) var ipamOpt: [String] = []
    @Flag(name: .long, help: .hidden) var ingress = false
    @Flag(name: .long, help: .hidden) var configOnly = false
    @Option(name: .long, help: .hidden) var configFrom: String?

    func validate() throws {
        if scope != "local" {
            throw ValidationError(
                "there are no networks of scope `\(scope)`: a network is this machine's; there is `local`"
            )
        }
        if ipamDriver != "default" {
            throw ValidationError(
                "there is no address driver `\(ipamDriver)`; there is `default`, with `--subnet` and `--ip-range`"
            )
        }
        if let option = ipamOpt.first { throw ValidationError("the address driver has no option `\(option)`") }
        if ingress { throw ValidationError("`--ingress` is a swarm's; `-p` of a container publishes its ports here") }
        if configOnly || configFrom != nil {
            throw ValidationError(
                "there are no networks that are configurations only; give the options to each network"
            )
        }
    }
}
