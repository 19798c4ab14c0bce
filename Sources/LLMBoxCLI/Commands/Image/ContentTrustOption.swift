internal import ArgumentParser

/// What scripts give to docker's `pull` and `push`: signatures of the kind that it means are not checked by default there
/// and never here.
struct ContentTrustOption: ParsableArguments {
    @Flag(name: .customLong("disable-content-trust"), help: "Check no signatures, as is always so.")
    var isDisabled = false
}
