internal import FoundationEssentials
internal import LinuxKernel

/// Reads and writes the JSON files of a container: the one place of this module that needs a JSON coder.
enum StateFile {
    static func read<Value: Decodable>(_ type: Value.Type, _ path: String) throws(ContainerError) -> Value {
        let bytes: [UInt8]
        do { bytes = try FileIO.readAll(path: path, limit: 16 << 20) } catch { throw .system(error) }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
    }

    static func write(_ value: some Encodable, _ path: String, durable: Bool) throws(ContainerError) {
        let bytes = try bytes(value, path)
        do { try AtomicFile.write(path, bytes, mode: 0o600, durable: durable) } catch { throw .system(error) }
    }

    /// Writes a file where nobody looks yet.
    static func make(_ value: some Encodable, _ path: String) throws(ContainerError) {
        let bytes = try bytes(value, path)
        do { try AtomicFile.make(path, bytes) } catch { throw .system(error) }
    }

    private static func bytes(_ value: some Encodable, _ path: String) throws(ContainerError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return [UInt8](try encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
    }
}

extension FileLock {
    /// Runs `body` while the file is locked against everybody else.
    static func holding<Result>(
        _ path: String,
        _ body: () throws(ContainerError) -> Result
    ) throws(ContainerError) -> Result {
        let lock: FileLock
        do { lock = try FileLock.acquire(path, .exclusive) } catch { throw .system(error) }
        return try holding(lock, body)
    }

    /// Runs `body` while the directory is locked against everybody else: no file has to be made for that.
    static func holding<Result>(
        directory path: String,
        _ body: () throws(ContainerError) -> Result
    ) throws(ContainerError) -> Result {
        let lock: FileLock
        do { lock = try FileLock.acquire(directory: path) } catch { throw .system(error) }
        return try holding(lock, body)
    }

    private static func holding<Result>(
        _ lock: consuming FileLock,
        _ body: () throws(ContainerError) -> Result
    ) throws(ContainerError) -> Result {
        do throws(ContainerError) {
            let result = try body()
            lock.release()
            return result
        } catch {
            lock.release()
            throw error
        }
    }
}
