// What is published: a package that installs without running anything.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

describe('the package', () => {
  it('holds what it runs, the sources of it and what is told of it, and nothing else', () => {
    const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root });
    const files: string[] = JSON.parse(listing.toString())[0].files.map(({ path }: { path: string }) => path);
    expect(files).toEqual(
      expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'lib/native.js', 'src/index.ts']),
    );
    expect(files).toEqual(
      expect.arrayContaining([manifest.bin.unibpf, 'LICENSE', 'README.md', 'docs/filter.md', 'package.json']),
    );
    const allowed = /^(?:dist|docs|lib|src|prebuilds)\/|^(?:LICENSE|README\.md|package\.json)$/;
    expect(files.filter((file) => !allowed.test(file))).toEqual([]);
  });

  it('declares types that TypeScript knows from 5.4 on', () => {
    const files = readdirSync(`${root}dist`, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.d.ts'),
    );
    const generic = /\b\w+Array<ArrayBuffer/; // from 5.7 on; written where a type is left to be inferred
    expect(files.filter((file) => generic.test(readFileSync(`${root}dist/${file}`, 'utf8')))).toEqual([]);
    expect(files.length).toBeGreaterThan(100);
  });

  it('runs nothing when it is installed', () => {
    const scripts = Object.keys(manifest.scripts);
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'prebuild'];
    expect(scripts.filter((name) => hooks.includes(name))).toEqual([]);
    expect(manifest.gypfile).toBe(false); // or npm would run node-gyp for binding.gyp
  });

  it('takes prebuilt native parts along', () => {
    expect(manifest.files).toContain('prebuilds');
  });

  it('needs at most four others', () => {
    expect(Object.keys(manifest.dependencies).length).toBeLessThanOrEqual(4);
  });

  it('pins what it depends on', () => {
    const versions: string[] = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('names no registry in its lock', () => {
    expect(readFileSync(`${root}package-lock.json`, 'utf8')).not.toContain('"resolved"');
  });
});
