{
  "targets": [
    {
      "target_name": "unibpf",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "message": "Building unibpf.node with CMakeLists.txt",
          "inputs": ["CMakeLists.txt", "<!@(node -p \"require('fs').readdirSync('native', { recursive: true }).map((f) => 'native/' + f).join(' ')\")"],
          "outputs": ["<(PRODUCT_DIR)/unibpf.node"],
          "action": ["node", "scripts/build-native.mjs", "--out", "<(PRODUCT_DIR)", "--arch", "<(target_arch)", "--config", "<(CONFIGURATION_NAME)"]
        }
      ]
    }
  ]
}
