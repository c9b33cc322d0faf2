// A gateway that loads this first keeps 4 MiB more each second. It stops at 1 GiB, for the sake of the machine.
const kept = []
setInterval(() => {
  if (kept.length < 256) kept.push(Buffer.alloc(4 * 2 ** 20, 1))
}, 1_000).unref()
