defmodule EchoSchemaTest do
  use ExUnit.Case

  import OpenSentience.Testing

  alias EchoSchema.Echo

  @order %{
    "id" => "o-1",
    "customer" => %{"name" => "Ada", "email" => nil, "tier" => "pro"},
    "items" => [%{"sku" => "ABC-1234", "quantity" => 2, "price" => 9.5, "gift" => false}],
    "labels" => ["new", "paid"],
    "notes" => %{"door" => "The left one."},
    "version" => 1
  }

  test "the manifest is one that the Core would run" do
    assert_manifest_valid("opensentience.agent.json", EchoSchema.Agent)
  end

  test "an order comes back as it was" do
    assert run_tool(Echo, @order) == {{:ok, @order}, []}
    least = Map.take(@order, ["id", "customer", "items"])
    assert run_tool(Echo, least) == {{:ok, least}, []}
  end

  # {where to, what to put there, the place the refusal names}
  @refused [
    {["id"], "", "/id"},
    {["id"], 1, "/id"},
    {["customer"], nil, "/customer"},
    {["customer", "name"], String.duplicate("x", 101), "/customer/name"},
    {["customer", "email"], 1, "/customer/email"},
    {["customer", "tier"], "gold", "/customer/tier"},
    {["customer", "age"], 1, "/customer/age"},
    {["items"], [], "/items"},
    {["items"], [%{"sku" => "abc", "quantity" => 1}], "/items/0/sku"},
    {["items"], [%{"sku" => "ABC-1234", "quantity" => 0}], "/items/0/quantity"},
    {["items"], [%{"sku" => "ABC-1234", "quantity" => 1.5}], "/items/0/quantity"},
    {["items"], [%{"sku" => "ABC-1234", "quantity" => 1, "price" => 0}], "/items/0/price"},
    {["items"], [%{"sku" => "ABC-1234"}], "/items/0"},
    {["labels"], ["a", "a"], "/labels"},
    {["notes", "door"], 1, "/notes/door"},
    {["version"], 2, "/version"},
    {["surprise"], true, "/surprise"}
  ]

  test "an order that breaks a rule is refused, naming the place" do
    for {place, value, path} <- @refused do
      assert {{:error, error}, []} = run_tool(Echo, put_in(@order, place, value))
      assert error.code == "tool.invalid_input"

      assert path in for(problem <- error.details["problems"], do: problem["path"]),
             inspect(place)
    end

    for field <- ["id", "customer", "items"] do
      assert {{:error, error}, []} = run_tool(Echo, Map.delete(@order, field))
      assert error.message == "The input is not valid: it lacks #{field}."
    end
  end

  test "the agent registers both schemas and echoes over a socket" do
    core = start_fake_core()
    start_agent(core, EchoSchema.Agent)

    assert [%{"input_schema" => schema, "output_schema" => schema}] =
             assert_registered(core, ["echo"])

    assert schema["properties"]["items"]["items"]["required"] == ["sku", "quantity"]

    assert %{"status" => "succeeded", "output" => @order} =
             await_result(core, call_tool(core, "echo", @order))

    assert %{"status" => "failed", "error" => %{"code" => "tool.invalid_input"}} =
             await_result(core, call_tool(core, "echo", Map.delete(@order, "id")))
  end
end
