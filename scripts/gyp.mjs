#!/usr/bin/env node
// Stands in for node-gyp when prebuildify runs it: the same CMake build, without Python and Node's own headers.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
const arch = args.find((arg) => arg.startsWith('--arch='))?.slice('--arch='.length) ?? process.arch;
const config = args.includes('--debug') ? 'Debug' : 'Release';
const build = fileURLToPath(new URL('build-native.mjs', import.meta.url));
const { status } = spawnSync(process.execPath, [build, '--arch', arch, '--config', config], { stdio: 'inherit' });
process.exit(status ?? 1);
