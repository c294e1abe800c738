{
  "variables": { "sanitize%": "" },
  "targets": [
    {
      "target_name": "vikingfs-watchdog",
      "type": "executable",
      "sources": ["watchdog/main.cpp"],
      "cflags_cc!": ["-std=gnu++17"],
      "cflags_cc": ["-std=gnu++20", "-O2", "-Wall", "-Wextra", "-Werror"]
    },
    {
      "target_name": "vikingfs",
      "sources": [
        "src/addon.cpp",
        "src/addon_calls.cpp",
        "src/attributes.cpp",
        "src/backing.cpp",
        "src/bus_faults.cpp",
        "src/cached_read.cpp",
        "src/changes.cpp",
        "src/compare_rows.cpp",
        "src/content_attributes.cpp",
        "src/content_data.cpp",
        "src/content_names.cpp",
        "src/content_opens.cpp",
        "src/copy_attributes.cpp",
        "src/descriptor_cache.cpp",
        "src/dispatch.cpp",
        "src/durable_writes.cpp",
        "src/graft_roots.cpp",
        "src/inode_table.cpp",
        "src/kept_files.cpp",
        "src/listing.cpp",
        "src/listing_requests.cpp",
        "src/mailbox.cpp",
        "src/memory.cpp",
        "src/mount.cpp",
        "src/notifier.cpp",
        "src/peer_credentials.cpp",
        "src/read_ahead.cpp",
        "src/score_terms.cpp",
        "src/session.cpp",
        "src/virtual_calls.cpp",
        "src/virtual_nodes.cpp",
        "src/watchdog.cpp",
        "src/watcher.cpp",
        "src/workers.cpp"
      ],
      "include_dirs": ["<!@(node -p \"require('node-addon-api').include\")"],
      "dependencies": ["<!(node -p \"require('node-addon-api').gyp\")"],
      "defines": ["NAPI_VERSION=9", "NAPI_CPP_EXCEPTIONS", "_FILE_OFFSET_BITS=64"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17"],
      "cflags_cc": ["-std=gnu++20", "-O2", "-g1", "-Wall", "-Wextra", "-Werror", "-fexceptions", "-fvisibility=hidden", "-ffp-contract=off", "-Wno-cast-function-type", "-Wno-missing-field-initializers"],
      "conditions": [
        ["sanitize!=''", {
          "cflags_cc": ["-fsanitize=<(sanitize)", "-fno-omit-frame-pointer"],
          "ldflags": ["-fsanitize=<(sanitize)"]
        }]
      ]
    }
  ]
}
