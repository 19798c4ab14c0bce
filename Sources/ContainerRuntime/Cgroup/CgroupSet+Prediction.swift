public import LinuxKernel

extension CgroupSet {
    /// The v1 hierarchies in which a container with `limits` will have a group of its own.
    ///
    /// In all others it is where llmbox is, and must see nothing of them.
    public static func ownHierarchies(
        limits: ResourceLimits,
        layout: CgroupLayout
    ) throws(CgroupError) -> [CgroupLayout.Hierarchy] {
        guard !layout.hierarchies.isEmpty else { return [] }
        let plan = try CgroupPlan(leaf: "x", limits: limits, layout: layout, unifiedControllers: [])
        return layout.hierarchies.filter { hierarchy in
            plan.legacy.contains { $0.hasPrefix(hierarchy.mountPoint + "/") }
        }
    }
}
