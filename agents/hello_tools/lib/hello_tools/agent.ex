defmodule HelloTools.Agent do
  @moduledoc "The agent com.opensentience.hello_tools."
  use OpenSentience.Agent,
    otp_app: :hello_tools,
    tools: [
      HelloTools.HelloWorld,
      HelloTools.StreamCounter,
      HelloTools.Sleep,
      HelloTools.InvalidInput,
      HelloTools.LargeOutput
    ]
end
