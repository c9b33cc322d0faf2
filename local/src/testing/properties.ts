// A set-up of vitest for tests whose properties talk to real processes.
import fc from 'fast-check'

// To look for a smaller counterexample, fast-check runs a property hundreds of times. With real processes that takes longer than
// a test may, and then nobody learns the counterexample or the seed.
fc.configureGlobal({ endOnFailure: true })
