export const tabs = ['pending', 'decided'] as const

/** What the URL of `/approvals` asks the API for. */
export const requestsInput = (get: (key: string) => string | null) => ({
  state: tabs.find((tab) => tab === get('tab')) ?? tabs[0],
  cursor: get('cursor'),
  pageSize: 50,
})
