// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
  name: "tracetopo",
  products: [
    .executable(name: "tracetopo", targets: ["tracetopo"]),
    .library(name: "TraceTopology", targets: ["TraceTopology"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CVector"),
    .target(
      name: "TraceTopology", dependencies: ["CLinux", "CVector", "CZstd", "CZlib"],
      swiftSettings: settings),
    .executableTarget(
      name: "tracetopo",
      dependencies: [
        "TraceTopology",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "tracetopo-fuzz", dependencies: ["TraceTopology"], swiftSettings: settings),
    .executableTarget(
      name: "tracetopo-bench", dependencies: ["TraceTopology"], swiftSettings: settings),
    .testTarget(
      name: "TraceTopologyTests",
      dependencies: [
        "CVector", "TraceTopology", "tracetopo", "tracetopo-fuzz", "tracetopo-bench",
      ],
      swiftSettings: settings),
  ]
)
