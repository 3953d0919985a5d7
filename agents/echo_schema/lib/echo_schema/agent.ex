defmodule EchoSchema.Agent do
  @moduledoc "The agent com.opensentience.echo_schema."
  use OpenSentience.Agent, otp_app: :echo_schema, tools: [EchoSchema.Echo]
end
