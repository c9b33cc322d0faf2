// A gateway that loads this first needs 30 % more of the processor for whatever it does.
const more = 0.3
const everyMs = 100

let before = process.cpuUsage()
setInterval(() => {
  const { user, system } = process.cpuUsage(before)
  const untilMs = performance.now() + ((user + system) / 1_000) * more
  let nowMs = 0
  while (nowMs < untilMs) nowMs = performance.now()
  before = process.cpuUsage()
}, everyMs).unref()
