internal import Engine
internal import OCIModel

/// A container in docker's JSON form.
enum ContainerDocument {
    /// Fields that docker has in every container, by the object that they are in, and what they are where nothing is set.
    ///
    /// Templates of scripts ask for them: `{{if .State.Health}}` must be false and not an error.
    private static let blanks: KeyValuePairs<String, KeyValuePairs<String, DisplayValue>> = [
        "": ["ExecIDs": nil],
        "State": ["Health": nil],
        "Config": [
            "Cmd": nil, "Entrypoint": nil, "ExposedPorts": nil, "Healthcheck": nil, "OnBuild": nil, "Volumes": nil,
        ],
        "HostConfig": [
            "BlkioDeviceReadBps": nil, "BlkioDeviceReadIOps": nil, "BlkioDeviceWriteBps": nil,
            "BlkioDeviceWriteIOps": nil, "BlkioWeightDevice": .array([]), "Cgroup": "", "ConsoleSize": .array([0, 0]),
            "CpuCount": 0, "CpuPercent": 0, "CpuRealtimePeriod": 0, "CpuRealtimeRuntime": 0, "IOMaximumBandwidth": 0,
            "IOMaximumIOps": 0, "Isolation": "", "Links": nil, "MemorySwappiness": nil, "VolumeDriver": "",
            "VolumesFrom": nil,
        ],
        "NetworkSettings": [
            "Bridge": "", "EndpointID": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0, "HairpinMode": false,
            "IPv6Gateway": "", "LinkLocalIPv6Address": "", "LinkLocalIPv6PrefixLen": 0, "SandboxID": "",
            "SandboxKey": "", "SecondaryIPAddresses": nil, "SecondaryIPv6Addresses": nil,
        ],
    ]

    /// The document of the container that a name or an id means; nil when there is none.
    static func find(_ reference: String, size: Bool = false) throws -> DisplayValue? {
        let service = try ContainerAccess.service()
        // Spelled out, because a bare `nil` would be JSON's null.
        guard try service.exists(reference) else { return DisplayValue?.none }
        return try value(reference, service, size: size)
    }

    /// Looks a container up, and counts what it has written where that is wanted.
    static func value(
        _ reference: String,
        _ service: ContainerService,
        size: Bool = false
    ) throws -> DisplayValue {
        var inspection = try service.inspect(reference)
        if size { inspection.count(try service.size(of: reference)) }
        let bytes = try CanonicalJSON.encode(inspection)
        return completed(try CanonicalJSON.decode(DisplayValue.self, from: bytes))
    }

    /// Adds what is missing.
    static func completed(_ document: DisplayValue) -> DisplayValue {
        guard case .object(var fields) = document else { return document }
        for (name, blanks) in blanks {
            if name.isEmpty {
                fields = adding(blanks, to: fields)
            } else if let place = fields.firstIndex(where: { $0.name == name }),
                case .object(let inner) = fields[place].value
            {
                fields[place].value = .object(adding(blanks, to: inner))
            }
        }
        return .object(fields)
    }

    private static func adding(
        _ blanks: KeyValuePairs<String, DisplayValue>,
        to fields: [DisplayField]
    ) -> [DisplayField] {
        var fields = fields
        for (name, value) in blanks where !fields.contains(where: { $0.name == name }) {
            fields.append(DisplayField(name: name, value: value))
        }
        return fields.sorted { $0.name < $1.name }
    }
}
