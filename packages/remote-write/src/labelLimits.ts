/**
 * Most labels of a series, and most bytes of a name and of a value, that are read: as many as a tenant's limits can allow.
 * Without them, one series could hold a million labels, or a small request could refer to one large text very often.
 */
export const labelCountMax = 70
export const labelNameBytesMax = 1_024
export const labelValueBytesMax = 2_048

/** The bytes that a label has in remote write 1.0 besides its texts, at least. */
export const labelFrameBytes = 6

/** Most bytes of other fields between the labels of one series of 1.0. Senders write none. */
export const betweenLabelsBytesMax = 4_096

/** Why the labels of a series can't be read. */
export type LabelFault = {
  /** Worded to follow "the series". */
  text: string
  /** What there is too much of; null if the labels are malformed. */
  tooMuch: 'labels' | 'name bytes' | 'value bytes' | null
}

export const labelFaults = [
  null,
  { text: 'has a label that is not UTF-8', tooMuch: null },
  { text: 'refers to a label name or value that the request does not have', tooMuch: null },
  { text: `has more than ${labelCountMax} labels`, tooMuch: 'labels' },
  { text: `has a label name of more than ${labelNameBytesMax} bytes`, tooMuch: 'name bytes' },
  { text: `has a label value of more than ${labelValueBytesMax} bytes`, tooMuch: 'value bytes' },
  { text: 'has other fields between its labels', tooMuch: null },
] as const satisfies (LabelFault | null)[]

/** Indices of {@link labelFaults}. */
export const notTextFault = 1
export const missingSymbolFault = 2
export const countFault = 3
export const nameBytesFault = 4
export const valueBytesFault = 5
export const betweenFault = 6

/** The index of the fault of a label with texts of these sizes; 0 if there is none. */
export const sizeFault = (nameBytes: number, valueBytes: number) => {
  if (nameBytes > labelNameBytesMax) return nameBytesFault
  return valueBytes > labelValueBytesMax ? valueBytesFault : 0
}
