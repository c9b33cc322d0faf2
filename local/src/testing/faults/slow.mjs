// A gateway that loads this first needs 30 % more of the processor for whatever it does.
const more = 0.3
const everyMs = 100

const usedMs = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
let wastedMs = 0
setInterval(() => {
  const beganMs = usedMs()
  const untilMs = performance.now() + (beganMs - wastedMs) * more - wastedMs
  let nowMs = 0
  while (nowMs < untilMs) nowMs = performance.now()
  // On a busy machine it had the processor for a part of that time: what is missing follows next time.
  wastedMs += usedMs() - beganMs
}, everyMs).unref()
