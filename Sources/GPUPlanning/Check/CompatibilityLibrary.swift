internal import FoundationEssentials

/// The newer `libcuda` that an image brings for older drivers of data centre GPUs (CUDA's forward compatibility).
public struct CompatibilityLibrary: Hashable, Sendable {
    /// The directory in which images have it.
    public static let directory = "/usr/local/cuda/compat"

    /// The version of the driver that it is of.
    public var version: DriverVersion
    /// The branches of drivers that it says to work with; nil where it says nothing about it.
    public var branches: [Int]?
    /// The names of all libraries in the directory.
    public var names: [String]

    /// Describes one.
    public init(version: DriverVersion, branches: [Int]? = nil, names: [String] = []) {
        self.version = version
        self.branches = branches
        self.names = names
    }

    /// Finds the version among the names of the directory's regular files; nil where there is not exactly one.
    public static func version(among files: [String]) -> DriverVersion? {
        let versions = files.compactMap { name -> DriverVersion? in
            guard name.hasPrefix("libcuda.so.") else { return nil }
            return DriverVersion(name.dropFirst("libcuda.so.".count)).flatMap { $0.numbers.count > 1 ? $0 : nil }
        }
        return versions.count == 1 ? versions[0] : nil
    }

    /// The section in which the library says what it works with.
    public static let noteSection = ".note.cuda.fwd_compatibility"

    private struct Note: Decodable {
        var drivers: [Branch]

        enum CodingKeys: String, CodingKey { case drivers = "Driver" }
    }

    /// A branch, as a number or as a text that begins with one.
    private struct Branch: Decodable {
        var number: Int?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {  // or it is a text
                self.number = number
            } else {
                number = Int(try container.decode(String.self).prefix { $0.isNumber })
            }
        }
    }

    /// Reads the branches out of the section; nil where it is none.
    public static func branches(note bytes: [UInt8]) -> [Int]? {
        let header = LittleEndian(bytes)
        let (nameSize, textSize) = (Int(header.word32(0)), Int(header.word32(4)))
        let start = 12 + (nameSize + 3) & ~3
        guard bytes.count >= 12, nameSize <= 64, textSize <= 1 << 16, start + textSize <= bytes.count else {
            return nil
        }
        let text = bytes[start..<(start + textSize)].prefix { $0 != 0 }
        // A note that says something else says nothing.
        return (try? JSONDecoder().decode(Note.self, from: Data(text)))?.drivers.compactMap(\.number)
    }
}
