/**
 * What Prometheus 2 says in a 500 although only the data is bad: a sample that is too old, or a native histogram that
 * contradicts itself (`model/histogram` and `storage/interface.go` of Prometheus).
 */
const badData =
  /\b(?:too old sample|out of order sample|out of bounds|duplicate sample for timestamp|observation count|spans? (?:need|number)|histogram (?:spans|custom bounds|has an? ))/i

/** Whether a storage that answers 500 means that the data is bad, and not that the storage is away: a retry can't help. */
export const isBadData = (text: string): boolean => badData.test(text)
