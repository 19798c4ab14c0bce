internal import ArgumentParser
internal import Engine

/// A network as docker's JSON and templates know it.
enum NetworkDocument {
    /// One line of `network ls`.
    static func row(_ network: NetworkSummary, short: Bool) -> DisplayValue {
        .fields([
            "CreatedAt": .string(goTime(network.created ?? "0001-01-01T00:00:00Z")),
            "Driver": .string(network.driver),
            "ID": .string(short ? String(network.id.prefix(12)) : network.id),
            "IPv4": .string(String(network.driver == "bridge")),
            "IPv6": .string(String(network.hasIPv6)),
            "Internal": .string(String(network.isInternal)),
            "Labels": .string(
                network.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            ),
            "Name": .string(network.name),
            "Scope": "local",
        ])
    }

    /// A time as Go prints it, which is what docker's list has.
    private static func goTime(_ text: String) -> String {
        text.replacing("T", with: " ").replacing("Z", with: " +0000 UTC")
    }

    /// The document of `network inspect`.
    static func value(_ network: NetworkSummary) -> DisplayValue {
        .fields([
            "Name": .string(network.name),
            "Id": .string(network.id),
            "Created": .string(network.created ?? "0001-01-01T00:00:00Z"),
            "Scope": "local",
            "Driver": .string(network.driver),
            "EnableIPv4": .bool(network.driver == "bridge"),
            "EnableIPv6": .bool(network.hasIPv6),
            "IPAM": .fields([
                "Driver": "default",
                "Options": .object([]),
                "Config": .array(network.subnets.enumerated().map { subnet($0.element, $0.offset, network) }),
            ]),
            "Internal": .bool(network.isInternal),
            "Attachable": .bool(network.isAttachable),
            "Ingress": false,
            "ConfigFrom": .fields(["Network": ""]),
            "ConfigOnly": false,
            "Interface": .string(network.bridge ?? ""),
            "Containers": .object(
                network.containers.sorted { $0.id < $1.id }.map { DisplayField(name: $0.id, value: member($0)) }
            ),
            "Options": .map(network.options),
            "Labels": .map(network.labels),
        ])
    }

    private static func subnet(_ subnet: NetworkSummary.Subnet, _ index: Int, _ network: NetworkSummary) -> DisplayValue
    {
        var fields = [DisplayField(name: "Subnet", value: .string(subnet.subnet))]
        if let range = subnet.range { fields.append(DisplayField(name: "IPRange", value: .string(range))) }
        fields.append(DisplayField(name: "Gateway", value: .string(subnet.gateway)))
        if index == 0, !network.reserved.isEmpty {
            fields.append(DisplayField(name: "AuxiliaryAddresses", value: .map(network.reserved)))
        }
        return .object(fields)
    }

    private static func member(_ member: NetworkSummary.Member) -> DisplayValue {
        .fields([
            "Name": .string(member.name),
            "EndpointID": .string(member.place),
            "MacAddress": .string(member.hardwareAddress),
            "IPv4Address": .string(member.address),
            "IPv6Address": .string(member.address6),
        ])
    }
}
