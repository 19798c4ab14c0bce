internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Something of the host's that hostile archives would like to change.
struct Canary {
    /// Where it is.
    let directory: String
    private let before: String

    init(in parent: FilePath) throws {
        directory = parent.appending("canary").string
        let made = run([
            "sh", "-c", "mkdir -p $0/d && echo CANARY >$0/secret && echo x >$0/d/x && ln -s d $0/l", directory,
        ])
        try #require(made.status == 0, "\(made.errors)")
        before = Self.listing(directory)
    }

    /// Whether everything is as it was, change times and link counts included.
    var isUntouched: Bool { Self.listing(directory) == before }

    private static func listing(_ directory: String) -> String {
        ["", "/secret", "/d", "/d/x", "/l"].map { name in
            var s = stat()
            guard lstat(directory + name, &s) == 0 else { return "\(name) is gone" }
            return "\(name) \(s.st_mode) \(s.st_uid) \(s.st_gid) \(s.st_nlink) \(s.st_size) \(s.st_mtim) \(s.st_ctim)"
        }
        .joined(separator: "\n")
    }
}

/// The names of all that a store has, but for locks, leases and beginnings of downloads, which may be gone on with.
struct StoreListing: Equatable {
    private let names: [[String]]

    init(_ llmbox: LLMBoxProgram) {
        names = ["layers", "blobs/sha256", "images", "refs", "workspaces", "trash"].map { place in
            guard let directory = opendir(llmbox.root.appending(place).string) else { return [] }
            defer { closedir(directory) }
            var names: [String] = []
            while let entry = readdir(directory) {
                names.append(
                    withUnsafeBytes(of: &entry.pointee.d_name) {
                        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                    }
                )
            }
            return names.sorted()
        }
    }
}

/// Images of one layer that some code has written, in every form.
enum HostileImages {
    /// Makes for each piece of code a directory, named by its number, with `layer.tar`, `docker.tar`, `oci.tar` and `oci/`.
    static func make(_ attacks: [(name: String, code: String)], canary: String, in directory: FilePath) throws {
        let code = attacks.map(\.code).joined(separator: "\u{1F}")
        let made = run(["python3", "-c", program, directory.string, canary, code])
        try #require(made.status == 0, "\(made.errors)")
    }

    /// Puts such an image into a registry, as a client would that checks nothing.
    static func push(_ place: String, as name: String) throws {
        let pushed = run(["python3", "-c", pushProgram, place, name])
        try #require(pushed.status == 0, "\(pushed.errors)")
    }

    private static let program = #"""
        import hashlib, io, json, os, platform, sys, tarfile
        processor = {'x86_64': 'amd64', 'aarch64': 'arm64'}[platform.machine()]
        base, canary = sys.argv[1:3]
        up = '../' * 30
        def sha(b): return hashlib.sha256(b).hexdigest()
        def described(b, kind): return {'mediaType': 'application/vnd.oci.image.' + kind, 'digest': 'sha256:' + sha(b), 'size': len(b)}
        for number, code in enumerate(sys.argv[3].split('\x1f')):
            out = '%s/%d' % (base, number)
            os.makedirs(out + '/oci/blobs/sha256')
            t = tarfile.open(out + '/layer.tar', 'w', format=tarfile.PAX_FORMAT)
            def add(name, kind, data=b'', target='', major=0, minor=0, pax={}, mode=0o755, uid=0):
                i = tarfile.TarInfo(name); i.type = kind; i.linkname = target; i.size = len(data); i.mode = mode; i.uid = uid
                i.devmajor, i.devminor, i.pax_headers = major, minor, pax
                t.addfile(i, io.BytesIO(data))
            def file(name, data): add(name, tarfile.REGTYPE, data.encode())
            def link(name, target): add(name, tarfile.SYMTYPE, target=target)
            def hard(name, target): add(name, tarfile.LNKTYPE, target=target)
            def directory(name): add(name, tarfile.DIRTYPE)
            def node(name, kind, major=0, minor=0): add(name, kind, major=major, minor=minor)
            def raw(data): t.fileobj.write(data)
            exec(code)
            try: t.close()
            except Exception: pass
            layer = open(out + '/layer.tar', 'rb').read()
            config = json.dumps({'architecture': processor, 'os': 'linux', 'config': {'Cmd': ['true']},
                'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + sha(layer)]}}).encode()
            manifest = json.dumps({'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json',
                'config': described(config, 'config.v1+json'), 'layers': [described(layer, 'layer.v1.tar')]}).encode()
            index = json.dumps({'schemaVersion': 2, 'manifests': [dict(described(manifest, 'manifest.v1+json'),
                annotations={'io.containerd.image.name': 'docker.io/library/evil:1'})]}).encode()
            for b in (layer, config, manifest): open(out + '/oci/blobs/sha256/' + sha(b), 'wb').write(b)
            open(out + '/oci/index.json', 'wb').write(index)
            open(out + '/oci/oci-layout', 'w').write('{"imageLayoutVersion":"1.0.0"}')
            with tarfile.open(out + '/oci.tar', 'w') as o: o.add(out + '/oci', '.')
            with tarfile.open(out + '/docker.tar', 'w') as o:
                def put(n, b):
                    i = tarfile.TarInfo(n); i.size = len(b); o.addfile(i, io.BytesIO(b))
                put('x/layer.tar', layer); put('c.json', config)
                put('manifest.json', json.dumps([{'Config': 'c.json', 'RepoTags': ['evil:1'], 'Layers': ['x/layer.tar']}]).encode())
        """#

    private static let pushProgram = #"""
        import http.client, json, os, sys
        place, name = sys.argv[1:3]
        host, repository = name.split('/', 1)
        repository, tag = repository.split(':')
        c = http.client.HTTPConnection(host)
        def ask(method, path, body=None, kind='application/octet-stream'):
            c.request(method, path, body, {'Content-Type': kind})
            r = c.getresponse(); r.read()
            if r.status >= 300: sys.exit('%s %s: %d' % (method, path, r.status))
            return r.getheader('Location')
        index = json.load(open(place + '/oci/index.json'))
        manifest = index['manifests'][0]['digest'][7:]
        for blob in os.listdir(place + '/oci/blobs/sha256'):
            if blob == manifest: continue
            where = ask('POST', '/v2/%s/blobs/uploads/' % repository)
            where = '/' + where.split('/', 3)[3]
            body = open(place + '/oci/blobs/sha256/' + blob, 'rb').read()
            ask('PUT', where + ('&' if '?' in where else '?') + 'digest=sha256:' + blob, body)
        body = open(place + '/oci/blobs/sha256/' + manifest, 'rb').read()
        ask('PUT', '/v2/%s/manifests/%s' % (repository, tag), body, 'application/vnd.oci.image.manifest.v1+json')
        """#
}
