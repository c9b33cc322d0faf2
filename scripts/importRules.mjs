// dependency-cruiser with .dependency-cruiser.cjs. Its swc parser never asks swc for JSX, and so fails on the portal's
// screens: this asks for it, by the file's ending.
import { createRequire } from 'node:module'

const swc = createRequire(import.meta.url)('@swc/core')
const { parseFileSync } = swc
swc.parseFileSync = (file, options) => parseFileSync(file, { ...options, tsx: file.endsWith('.tsx') })

await import(new URL('../node_modules/dependency-cruiser/bin/dependency-cruise.mjs', import.meta.url).href)
