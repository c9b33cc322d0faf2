/** Next calls this once when the server starts. If the configuration is wrong, the portal says so and exits. */
export async function register() {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { startOrExit } = await import('./startup.ts')
  startOrExit()
}
