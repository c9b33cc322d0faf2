/** Runs once as the server starts: a portal that could not sign anyone in says so and does not start. */
export async function register() {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { startOrExit } = await import('./startup.ts')
  startOrExit()
}
