internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Archives of images whose documents say what is not so.
@Suite("Lying image archives") struct LyingArchiveTests {
    /// Code that changes the honest image `layer`, `config`, `manifest`, `index` before it is written; what it puts into
    /// `blobs` is written as well, under the names it gives.
    static let lies: [(name: String, code: String)] = [
        ("the size of a layer", "manifest['layers'][0]['size'] += 1"),
        ("a negative size", "manifest['layers'][0]['size'] = -1"),
        ("a size that is no number of 64 bits", "manifest['layers'][0]['size'] = 10 ** 30"),
        ("the digest of a layer", "manifest['layers'][0]['digest'] = 'sha256:' + '0' * 64"),
        ("a digest that is none", "manifest['layers'][0]['digest'] = 'sha256:../../../etc/passwd'"),
        ("the size of the configuration", "manifest['config']['size'] += 1"),
        ("the size of the manifest", "index['manifests'][0]['size'] = 1"),
        ("the digest of the manifest", "index['manifests'][0]['digest'] = 'sha256:' + '1' * 64"),
        ("other bytes under a layer's name", "rename['layer'] = sha(b'other')"),
        (
            "other bytes under the manifest's name",
            "index['manifests'][0]['digest'] = 'sha256:' + sha(b'x'); blobs[sha(b'x')] = dump(manifest)"
        ),
        ("another uncompressed digest", "config['rootfs']['diff_ids'] = ['sha256:' + '2' * 64]"),
        ("more layers than there are", "config['rootfs']['diff_ids'] *= 2"),
        ("fewer layers than there are", "config['rootfs']['diff_ids'] = []"),
        ("no configuration", "leave.add('config')"),
        ("no layer", "leave.add('layer')"),
        ("a configuration of a hundred mebibytes", "config['config']['Labels'] = {'a': 'x' * (100 << 20)}"),
        ("indexes that nest for ever", "nest(10, 1)"),
        ("indexes that multiply", "nest(3, 2000)"),
        ("an index that names one image a hundred thousand times", "index['manifests'] *= 100000"),
        ("brackets without end", "documents['index.json'] = b'[' * 3000000"),
        ("objects without end", "documents['index.json'] = b'{\"a\":' * 1000000"),
        ("text that is no UTF-8", "documents['index.json'] = b'{\"manifests\": [\"\\xff\\xfe\"]}'"),
        (
            "a hundred thousand documents",
            "[documents.__setitem__('d%d' % i, b'{}' + b' ' * 600) for i in range(100000)]"
        ),
        ("docker's archive with files of the host", "docker('/etc/passwd', ['../../../../etc/passwd'])"),
        (
            "docker's archive with links to the host",
            "docker('c.json', ['x/layer.tar']); links['x/layer.tar'] = '/etc/passwd'"
        ),
        ("docker's archive with links in a circle", "docker('c.json', ['a']); links['a'] = 'b'; links['b'] = 'a'"),
        (
            "a hundred thousand links",
            "[links.__setitem__('l%d' % i, 't' * 90) for i in range(100000)]; leave.add('layer')"
        ),
    ]

    @Test("are refused with words, in little memory, and leave nothing", arguments: [true, false])
    func refused(asArchive: Bool) throws {
        try withStore { llmbox, context in
            let before = StoreListing(llmbox)
            for (number, lie) in Self.lies.enumerated() {
                // Docker's form has no directory, and large ones need not be seen twice.
                let isLong = ["links", "docker", "documents", "100"].contains { lie.code.contains($0) }
                if !asArchive, isLong { continue }
                let place = context.appending("\(number)").string
                let made = run(["python3", "-c", Self.program, place, lie.code])
                try #require(made.status == 0, "\(lie.name): \(made.errors)")
                let input = asArchive ? "\(place)/oci.tar" : "\(place)/oci"
                let loaded = run(
                    ["python3", "-c", Self.measure, LLMBoxProgram.path, "load", "-i", input],
                    environment: llmbox.environment
                )
                #expect(loaded.status == 1 && loaded.errors.contains("error: cannot load"), "\(lie.name): \(loaded)")
                let isClean = StoreListing(llmbox) == before
                #expect(isClean, "\(lie.name)")
                let memory = Int(loaded.line.split(separator: " ").last ?? "") ?? .max
                #expect(memory <= 96 << 10, "\(lie.name): \(memory) KiB")
                removeTree(place)
            }
            #expect(llmbox("system", "check").status == 0)
        }
    }

    /// Runs a command and prints the most memory that it had, in KiB.
    private static let measure = #"""
        import resource, subprocess, sys
        status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
        print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
        sys.exit(status if status >= 0 else 128 - status)
        """#

    private static let program = #"""
        import hashlib, io, json, os, sys, tarfile
        out, code = sys.argv[1:3]
        def sha(b): return hashlib.sha256(b).hexdigest()
        def dump(v): return json.dumps(v).encode()
        def described(b, kind): return {'mediaType': 'application/vnd.oci.image.' + kind, 'digest': 'sha256:' + sha(b), 'size': len(b)}
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode='w') as t: t.addfile(tarfile.TarInfo('lie'))
        layer = buffer.getvalue()
        config = {'architecture': 'amd64', 'os': 'linux', 'config': {}, 'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + sha(layer)]}}
        manifest = {'schemaVersion': 2, 'config': None, 'layers': [described(layer, 'layer.v1.tar')]}
        index = {'schemaVersion': 2, 'manifests': []}
        blobs, documents, links, leave, rename, nested = {}, {}, {}, set(), {}, []
        def docker(c, layers):
            leave.update(['index', 'layer'])
            documents['c.json'] = dump(config)
            documents['manifest.json'] = dump([{'Config': c, 'RepoTags': ['evil:1'], 'Layers': layers}])
        def nest(depth, width): nested.append((depth, width))
        manifest['config'] = described(dump(config), 'config.v1+json')
        index['manifests'] = [described(dump(manifest), 'manifest.v1+json')]
        if 'config[' in code and "manifest['config']" not in code:
            exec(code)
            manifest['config'] = described(dump(config), 'config.v1+json')
            index['manifests'] = [described(dump(manifest), 'manifest.v1+json')]
        elif "manifest['" in code:
            exec(code)
            index['manifests'] = [described(dump(manifest), 'manifest.v1+json')]
        else:
            exec(code)
        for depth, width in nested:
            for _ in range(depth):
                body = dump({'schemaVersion': 2, 'manifests': index['manifests'] * (width if len(index['manifests']) == 1 else 1)})
                blobs[sha(body)] = body
                index['manifests'] = [described(body, 'index.v1+json')]
        files = {}
        if 'config' not in leave: files['blobs/sha256/' + sha(dump(config))] = dump(config)
        if 'layer' not in leave: files['blobs/sha256/' + rename.get('layer', sha(layer))] = layer
        files['blobs/sha256/' + sha(dump(manifest))] = dump(manifest)
        for name, body in blobs.items(): files['blobs/sha256/' + name] = body
        if 'index' not in leave: files['index.json'] = dump(index)
        files.update(documents)
        os.makedirs(out + '/oci/blobs/sha256')
        with tarfile.open(out + '/oci.tar', 'w') as t:
            for name, target in links.items():
                i = tarfile.TarInfo(name); i.type = tarfile.SYMTYPE; i.linkname = target; t.addfile(i)
            for name, body in files.items():
                i = tarfile.TarInfo(name); i.size = len(body); t.addfile(i, io.BytesIO(body))
                with open(out + '/oci/' + name, 'wb') as f: f.write(body)
        """#
}
