export const tabs = ['pending', 'decided'] as const

/** The API input for the URL of `/approvals`. */
export const requestsInput = (get: (key: string) => string | null) => ({
  state: tabs.find((tab) => tab === get('tab')) ?? tabs[0],
  cursor: get('cursor'),
  pageSize: 50,
})
