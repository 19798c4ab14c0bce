/// Reads another source on a thread of its own, a few blocks ahead.
///
/// Hashing and decompression then run beside the parsing and writing of what they produced.
final class PipelinedSource: ByteSource {
    private let channel: BlockChannel
    private let thread: WorkerThread
    private var block: BlockChannel.Block?
    private var position = 0
    private var joined = false

    init<Source: ByteSource>(_ source: Source, blocks: Int = 6) throws {
        let channel = BlockChannel(count: blocks, blockSize: blockSize)
        let box = SourceBox(source)
        self.channel = channel
        thread = try WorkerThread {
            do {
                while var block = channel.takeFree() {
                    block.count = try box.read(block.memory)
                    if block.count == 0 { break }
                    channel.send(block)
                }
                channel.finish()
            } catch {
                channel.finish(failure: error)
            }
        }
    }

    deinit {
        stop()
    }

    /// Waits for the thread; the source's state may be read afterwards.
    func stop() {
        guard !joined else { return }
        joined = true
        channel.abandon()
        thread.join()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if block == nil {
            block = try channel.receive()
            position = 0
        }
        guard let current = block else { return 0 }
        let count = min(buffer.count, current.count - position)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: current.memory[position..<position + count]))
        position += count
        if position == current.count {
            channel.recycle(current)
            block = nil
        }
        return count
    }
}

/// Invariant behind `@unchecked Sendable`: only the worker thread calls the source until it has been joined.
private final class SourceBox: @unchecked Sendable {
    let read: (UnsafeMutableRawBufferPointer) throws -> Int

    init(_ source: some ByteSource) {
        var source = source
        read = { try source.read(into: $0) }
    }
}
