internal import SystemPackage
internal import TestSupport

/// A small system for arm64: Debian's own busybox for it, which apt fetches without this machine's taking to the
/// architecture.
enum ForeignBase {
    /// Imports it as the image `name`.
    static func importArm64(_ llmbox: LLMBoxProgram, as name: String, in directory: FilePath) -> CommandResult {
        let place = directory.appending("arm64").string
        let script = """
            set -e
            mkdir -p \(place)/state/lists/partial \(place)/cache/archives/partial \(place)/tree \(place)/deb
            cd \(place) && : > status
            printf '%s\\n' 'Dir::State "\(place)/state";' 'Dir::State::status "\(place)/status";' \
                'Dir::Cache "\(place)/cache";' 'APT::Architecture "arm64";' 'APT::Architectures { "arm64"; };' \
                'APT::Sandbox::User "root";' 'Acquire::Languages "none";' > apt.conf
            export APT_CONFIG=\(place)/apt.conf
            apt-get update -qq && apt-get download -qq busybox-static
            dpkg-deb -x busybox-static_*_arm64.deb deb
            mkdir -p tree/bin tree/etc tree/tmp && cp deb/bin/busybox tree/bin/
            for a in sh uname cat echo sleep id touch; do ln -s busybox tree/bin/$a; done
            printf 'root:x:0:0:root:/root:/bin/sh\\n' > tree/etc/passwd
            tar -C tree --sort=name --mtime=@0 --owner=0 --group=0 -cf base.tar .
            """
        let made = run(["sh", "-c", script])
        guard made.status == 0 else { return made }
        return llmbox("import", "--platform", "linux/arm64", "\(place)/base.tar", name)
    }
}
