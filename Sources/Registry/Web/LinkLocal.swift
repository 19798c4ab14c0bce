internal import Glibc

/// Addresses at which clouds hand their machines' secrets to whoever asks (169.254.169.254 and its like).
enum LinkLocal {
    /// Whether a host, written as an address in any form that the C library reads, is one of them.
    static func contains(_ host: String) -> Bool {
        var four = in_addr()
        // `inet_aton` also reads `2852039166` and `0xa9fe.0xa9fe`, as libcurl does.
        if inet_aton(host, &four) == 1 { return contains(UInt32(bigEndian: four.s_addr)) }
        var six = in6_addr()
        let bare = host.hasPrefix("[") ? String(host.dropFirst().prefix { $0 != "]" && $0 != "%" }) : host
        guard inet_pton(AF_INET6, bare, &six) == 1 else { return false }
        let bytes = withUnsafeBytes(of: &six) { Array($0) }
        if bytes[0] == 0xFE, bytes[1] & 0xC0 == 0x80 { return true }
        // Amazon's, within the private range.
        if bytes.prefix(4) == [0xFD, 0x00, 0x0E, 0xC2] { return true }
        guard bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF else { return false }
        return bytes[12] == 169 && bytes[13] == 254
    }

    private static func contains(_ address: UInt32) -> Bool { address >> 16 == 169 << 8 | 254 }
}
