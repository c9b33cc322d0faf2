import { defineConfig } from 'prisma/config'

// No datasource URL: the connection comes from the environment at run time, and our own runner applies the migrations.
export default defineConfig({ schema: 'prisma/schema', migrations: { path: 'prisma/migrations' } })
