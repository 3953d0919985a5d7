defmodule ContractAgent.Agent do
  @moduledoc "An agent for the contract's tests."
  use OpenSentience.Agent,
    otp_app: :contract_agent,
    tools: [
      ContractAgent.Echo,
      ContractAgent.StreamCounter,
      ContractAgent.Sleep,
      ContractAgent.LargeOutput,
      ContractAgent.Broken,
      ContractAgent.Guarded
    ]
end
