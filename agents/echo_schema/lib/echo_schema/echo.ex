defmodule EchoSchema.Echo do
  @moduledoc "Returns the order it is given, once that stands every check of its schema."

  @item [
    type: :object,
    properties: [
      sku: [type: :string, pattern: "^[A-Z]{3}-[0-9]{4}$", required: true],
      quantity: [type: :integer, minimum: 1, maximum: 999, required: true],
      price: [type: :number, exclusive_minimum: 0, multiple_of: 0.01],
      gift: [type: :boolean]
    ]
  ]

  @order [
    id: [type: :string, min_length: 1, max_length: 40, required: true],
    customer: [
      required: true,
      properties: [
        name: [type: :string, min_length: 1, max_length: 100, required: true],
        email: [type: [:string, :null], max_length: 254],
        tier: [enum: ["basic", "plus", "pro"]]
      ]
    ],
    items: [type: :array, min_items: 1, max_items: 50, items: @item, required: true],
    labels: [type: :array, items: [type: :string, max_length: 20], unique_items: true],
    notes: [properties: [], additional_properties: [type: :string, max_length: 200]],
    version: [const: 1]
  ]

  use OpenSentience.Tool, input: @order, output: @order, validate: :patterns, tags: [:example]

  @impl true
  def run(order, _context), do: {:ok, order}
end
