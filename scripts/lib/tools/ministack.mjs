import { ensurePython } from './python.mjs'

const packages = ['ministack==1.5.33', 'duckdb==2.0.0', 'cryptography==50.0.2']

/** MiniStack is a Python package: `local` runs it with the Python of this environment. */
export const ensureMiniStack = async () => ({ python: await ensurePython(packages, 'MiniStack (Python packages)') })
