internal import Glibc

/// What a registry itself needs for the weights: one `PUT` of the bare file by curl, without any container tool.
enum PushFloor {
    /// The seconds of the request; nil when there is no curl or no registry.
    static func seconds(_ work: Workload) -> Double? {
        guard Command.exists("curl"), let registry = BenchRegistry(directory: "\(work.directory)/floor-registry") else {
            return nil
        }
        defer { registry.stop() }
        let uploads = "http://\(registry.address)/v2/floor/blobs/uploads/"
        // The address of an upload ends with its state, so that the digest is one more part of the query.
        let prepare = """
            digest=$(sha256sum '\(work.weights)' | cut -d ' ' -f 1)
            place=$(curl -s -o /dev/null -D - -X POST '\(uploads)' | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
            echo "$place&digest=sha256:$digest"
            """
        guard let address = Command.run(["sh", "-c", prepare]).output.split(separator: "\n").last else { return nil }
        sync()
        let type = "Content-Type: application/octet-stream"
        let cost = Command.run(["curl", "-sf", "-H", type, "-T", work.weights, String(address)])
        return cost.status == 0 ? cost.seconds : nil
    }
}
