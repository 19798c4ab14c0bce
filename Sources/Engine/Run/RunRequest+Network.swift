internal import ContainerRuntime
internal import LaunchPlanning
internal import LinuxKernel

extension RunRequest {
    /// Understands what is said of the container's network, its ports, and the names it knows.
    mutating func readNetwork() throws {
        network = try NetworkWish(flags)
        // It keeps the addresses of who connects to a port, which a user's bridges cannot.
        if UserNamespace.isOwn, flags.networks.isEmpty { network.avoidBridge() }
        if network.mode == .user, !UserNamespace.isOwn {
            throw ArgumentError.unsupported(option: "`--network pasta`", why: "it is for containers without root")
        }
        switch network.mode {
        case .host: options.network = .host
        case .namespace: options.network = .path(network.target ?? "")
        default: break
        }
        for text in flags.ports { ports += try PublishedPort.parse(text) }
        for text in flags.extraHosts { extraHosts.append(try HostLine.parse(text)) }
        try checkNameService()
    }

    /// A wrong value would stand in `/etc/resolv.conf`, where nobody reads it: programs only find no names then.
    private func checkNameService() throws(ArgumentError) {
        for text in flags.dns where IPv4Address(text) == nil && IPv6Address(text) == nil {
            throw .invalid(option: "--dns", value: text, why: "it is no IP address")
        }
        for text in flags.dnsSearch where !Self.isDomain(text) {
            throw .invalid(option: "--dns-search", value: text, why: "it is no domain; `.` alone is for none")
        }
        for text in flags.dnsOptions where text.isEmpty || text.contains(where: \.isNewline) {
            throw .invalid(option: "--dns-option", value: text, why: "it is a word, such as `ndots:2`")
        }
    }

    /// Words of letters, digits, `-` and `_` with dots between them, at least one letter in all of it.
    private static func isDomain(_ text: String) -> Bool {
        if text == "." { return true }
        let words = (text.hasSuffix(".") ? text.dropLast() : text[...])
            .split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count < 255 && text.utf8.contains(where: isLetter)
            && words.allSatisfy { word in
                (1...63).contains(word.utf8.count) && word.first != "-" && word.last != "-"
                    && word.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
            }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }

    /// Adapters need nodes, memory that stays where it is, and the right to say so.
    mutating func readRemoteMemory() throws {
        guard flags.usesRemoteMemory else { return }
        devices += try RemoteMemory().devices(flags.remoteMemoryDevices)
        options.addedCapabilities.append("IPC_LOCK")
        if !flags.ulimits.contains(where: { $0.hasPrefix("memlock=") }) { flags.ulimits.append("memlock=-1:-1") }
    }
}
