internal import SystemPackage
internal import TestSupport

/// The base images of the cases: one small tree under several configurations.
struct BaseImages {
    /// The archives by the names of the images.
    let archives: [(name: String, path: String)]
    /// The tree that all of them have.
    let flat: FlatImage

    /// Makes the archives in a directory.
    init(in directory: FilePath) throws {
        let made = run(["python3", "-c", Self.script, directory.string])
        guard made.status == 0 else { throw OracleError.peer("base images", made.errors) }
        archives = ["base", "rich", "nopath", "triggers"].map { ($0, directory.appending("\($0).tar").string) }
        flat = try FlatImage(archive: archives[0].path)
    }

    func load(into builder: some Builder) throws {
        for archive in archives { try builder.load(archive.path, as: archive.name) }
    }

    /// What the steps of the cases call.
    private static let applets = """
        sh true false cat ls id echo sleep mkdir touch rm rmdir chmod chown stat hostname wc grep head env pwd mount seq tail \
        dd ln mv cp find readlink test printf sort tr cut awk sed mknod tee date mkfifo du expr ifconfig tty sha256sum
        """

    /// Writes the archives byte for byte as `docker save` would; the times are fixed.
    private static let script = """
        import hashlib, io, json, sys, tarfile
        layer = io.BytesIO()
        tree = tarfile.open(fileobj=layer, mode="w", format=tarfile.PAX_FORMAT)
        def add(name, kind=tarfile.DIRTYPE, mode=0o755, owner=(0, 0), data=b"", link=""):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.uid, entry.gid, entry.linkname = kind, mode, owner[0], owner[1], link
            entry.size, entry.mtime = len(data), 1000000000
            tree.addfile(entry, io.BytesIO(data))
        def file(name, data, mode=0o644, owner=(0, 0)): add(name, tarfile.REGTYPE, mode, owner, data)
        def link(name, to): add(name, tarfile.SYMTYPE, 0o777, link=to)
        add("bin")
        file("bin/busybox", open("/bin/busybox", "rb").read(), 0o755)
        for applet in "\(applets)".split(): link("bin/" + applet, "busybox")
        for name in "dev etc home opt opt/tree proc real root run sys".split(): add(name)
        add("home/app", owner=(1000, 1001))
        add("tmp", mode=0o1777)
        for name in "hosts hostname resolv.conf".split(): file("etc/" + name, b"")
        users = ["root:x:0:0:root:/root", "daemon:x:1:1:daemon:/usr/sbin", "app:x:1000:1001::/home/app"]
        file("etc/passwd", "".join(user + ":/bin/sh\\n" for user in users).encode())
        groups = ["root:x:0:", "daemon:x:1:", "appgroup:x:1001:", "extra:x:2000:app", "staff:x:50:"]
        file("etc/group", "".join(group + "\\n" for group in groups).encode())
        add("own", mode=0o700, owner=(5, 6))
        file("own/old", b"old\\n", 0o600, (5, 6))
        link("ln", "/real")
        link("rln", "real")
        file("opt/target", b"target\\n")
        link("opt/flink", "target")
        link("opt/alink", "/opt/target")
        link("opt/uplink", "../../../../../../../real")
        file("opt/tree/one", b"one")
        file("opt/tree/two", b"two")
        add("opt/tree/hard", tarfile.LNKTYPE, link="opt/tree/one")
        tree.close()
        layer = layer.getvalue()
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        images = {
            "base": {"Env": [path], "Cmd": ["sh"]},
            "nopath": {"Cmd": ["sh"]},
            "rich": {
                "Env": [path, "Z=base", "B=two words", "EMPTY="], "WorkingDir": "/home/app", "Entrypoint": ["/bin/ep"],
                "Cmd": ["base-cmd"], "Labels": {"a": "base", "b": "keep"}, "ExposedPorts": {"7000/tcp": {}},
                "Volumes": {"/vol": {}}, "StopSignal": "SIGQUIT", "User": "app",
            },
            "triggers": {
                "Env": [path], "Cmd": ["sh"],
                "OnBuild": ["COPY f /onbuild/f", "RUN cat /onbuild/f > /onbuild/seen", "ENV TRIG=yes"],
            },
        }
        for name, config in images.items():
            created = "2001-09-09T01:46:40Z"
            document = json.dumps({
                "architecture": "amd64", "os": "linux", "created": created, "config": config,
                "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
                "history": [{"created": created, "created_by": "base"}],
            }).encode()
            id = hashlib.sha256(document).hexdigest() + ".json"
            manifest = [{"Config": id, "RepoTags": [name + ":latest"], "Layers": ["layer.tar"]}]
            archive = tarfile.open(f"{sys.argv[1]}/{name}.tar", "w")
            for member, data in ((id, document), ("layer.tar", layer), ("manifest.json", json.dumps(manifest).encode())):
                entry = tarfile.TarInfo(member)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
            archive.close()
        """
}
