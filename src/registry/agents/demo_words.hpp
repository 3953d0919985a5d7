// The words that made-up agents are made of.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace sovereign::registry::demo_words {

using Words = std::span<const std::string_view>;

/// What an agent of one trade is about; the most common words come first.
struct Domain {
  Words titles;
  Words actions;
  Words objects;
  Words tags;
  Words capabilities;
};

inline constexpr std::array<std::string_view, 4> kWeatherTitles = {"Weather", "Forecast", "Climate",
                                                                   "Storm"};
inline constexpr std::array<std::string_view, 4> kWeatherActions = {"Forecasting", "Tracking",
                                                                    "Comparing", "Explaining"};
inline constexpr std::array<std::string_view, 5> kWeatherObjects = {
    "hourly forecasts", "severe weather warnings", "rain radar images", "long-range outlooks",
    "station measurements"};
inline constexpr std::array<std::string_view, 8> kWeatherTags = {
    "weather", "forecast", "climate", "alerts", "radar", "temperature", "marine", "aviation"};
inline constexpr std::array<std::string_view, 4> kWeatherCapabilities = {
    "weather-forecast", "geocoding", "alerts", "time-series"};

inline constexpr std::array<std::string_view, 4> kTextTitles = {"Text", "Writing", "Language",
                                                                "Copy"};
inline constexpr std::array<std::string_view, 4> kTextActions = {"Summarising", "Rewriting",
                                                                 "Proofreading", "Translating"};
inline constexpr std::array<std::string_view, 5> kTextObjects = {
    "long reports", "meeting notes", "product texts", "legal documents", "customer letters"};
inline constexpr std::array<std::string_view, 9> kTextTags = {
    "nlp",      "text",    "summarization", "translation", "writing",
    "language", "editing", "multilingual",  "content"};
inline constexpr std::array<std::string_view, 5> kTextCapabilities = {
    "nlp", "summarization", "translation", "text-generation", "proofreading"};

inline constexpr std::array<std::string_view, 4> kCodeTitles = {"Code", "Review", "Refactoring",
                                                                "Compiler"};
inline constexpr std::array<std::string_view, 4> kCodeActions = {"Reviewing", "Refactoring",
                                                                 "Testing", "Documenting"};
inline constexpr std::array<std::string_view, 5> kCodeObjects = {
    "pull requests", "legacy modules", "unit tests", "build scripts", "type errors"};
inline constexpr std::array<std::string_view, 10> kCodeTags = {
    "code",        "programming", "review", "testing",    "devtools",
    "refactoring", "rust",        "python", "typescript", "elixir"};
inline constexpr std::array<std::string_view, 5> kCodeCapabilities = {
    "code-generation", "code-review", "static-analysis", "test-generation", "refactoring"};

inline constexpr std::array<std::string_view, 4> kDataTitles = {"Data", "Analytics", "Query",
                                                                "Insight"};
inline constexpr std::array<std::string_view, 4> kDataActions = {"Analysing", "Cleaning", "Joining",
                                                                 "Charting"};
inline constexpr std::array<std::string_view, 5> kDataObjects = {
    "sales tables", "event streams", "spreadsheets", "sensor readings", "survey answers"};
inline constexpr std::array<std::string_view, 8> kDataTags = {
    "data", "analytics", "sql", "charts", "etl", "statistics", "dashboards", "csv"};
inline constexpr std::array<std::string_view, 5> kDataCapabilities = {
    "data-analysis", "sql", "visualization", "data-cleaning", "forecasting"};

inline constexpr std::array<std::string_view, 4> kFinanceTitles = {"Ledger", "Invoice", "Portfolio",
                                                                   "Tax"};
inline constexpr std::array<std::string_view, 4> kFinanceActions = {"Reconciling", "Auditing",
                                                                    "Projecting", "Classifying"};
inline constexpr std::array<std::string_view, 5> kFinanceObjects = {
    "bank statements", "open invoices", "expense reports", "cash flows", "tax forms"};
inline constexpr std::array<std::string_view, 8> kFinanceTags = {
    "finance", "accounting", "invoices", "tax", "banking", "payments", "audit", "budget"};
inline constexpr std::array<std::string_view, 5> kFinanceCapabilities = {
    "bookkeeping", "invoice-extraction", "risk-scoring", "payments", "reporting"};

inline constexpr std::array<std::string_view, 4> kSupportTitles = {"Support", "Helpdesk",
                                                                   "Concierge", "Inbox"};
inline constexpr std::array<std::string_view, 4> kSupportActions = {"Answering", "Routing",
                                                                    "Escalating", "Tagging"};
inline constexpr std::array<std::string_view, 5> kSupportObjects = {
    "customer questions", "support tickets", "refund requests", "chat transcripts",
    "feedback forms"};
inline constexpr std::array<std::string_view, 7> kSupportTags = {
    "support", "customer-service", "chat", "helpdesk", "tickets", "email", "crm"};
inline constexpr std::array<std::string_view, 5> kSupportCapabilities = {
    "chat", "ticket-routing", "sentiment-analysis", "knowledge-base", "email"};

inline constexpr std::array<std::string_view, 4> kVisionTitles = {"Vision", "Image", "Camera",
                                                                  "Photo"};
inline constexpr std::array<std::string_view, 4> kVisionActions = {"Recognising", "Describing",
                                                                   "Sorting", "Restoring"};
inline constexpr std::array<std::string_view, 5> kVisionObjects = {
    "product photos", "satellite images", "x-ray scans", "video frames", "handwritten notes"};
inline constexpr std::array<std::string_view, 7> kVisionTags = {
    "vision", "images", "ocr", "detection", "video", "photography", "segmentation"};
inline constexpr std::array<std::string_view, 5> kVisionCapabilities = {
    "image-recognition", "ocr", "object-detection", "captioning", "image-generation"};

inline constexpr std::array<std::string_view, 4> kResearchTitles = {"Research", "Paper", "Scholar",
                                                                    "Citation"};
inline constexpr std::array<std::string_view, 4> kResearchActions = {"Searching", "Comparing",
                                                                     "Annotating", "Verifying"};
inline constexpr std::array<std::string_view, 5> kResearchObjects = {
    "scientific papers", "clinical trials", "patent filings", "citation graphs", "open datasets"};
inline constexpr std::array<std::string_view, 8> kResearchTags = {
    "research", "science", "papers", "citations", "biology", "chemistry", "medicine", "knowledge"};
inline constexpr std::array<std::string_view, 5> kResearchCapabilities = {
    "web-search", "retrieval", "citation-checking", "question-answering", "summarization"};

inline constexpr std::array<std::string_view, 4> kTravelTitles = {"Travel", "Route", "Itinerary",
                                                                  "Booking"};
inline constexpr std::array<std::string_view, 4> kTravelActions = {"Planning", "Booking",
                                                                   "Rerouting", "Pricing"};
inline constexpr std::array<std::string_view, 5> kTravelObjects = {
    "train connections", "hotel offers", "weekend trips", "flight delays", "city tours"};
inline constexpr std::array<std::string_view, 7> kTravelTags = {
    "travel", "booking", "maps", "hotels", "flights", "trains", "tourism"};
inline constexpr std::array<std::string_view, 5> kTravelCapabilities = {
    "route-planning", "booking", "geocoding", "price-comparison", "translation"};

inline constexpr std::array<std::string_view, 4> kSecurityTitles = {"Security", "Threat", "Access",
                                                                    "Shield"};
inline constexpr std::array<std::string_view, 4> kSecurityActions = {"Detecting", "Triaging",
                                                                     "Hardening", "Investigating"};
inline constexpr std::array<std::string_view, 5> kSecurityObjects = {
    "login anomalies", "phishing mails", "vulnerable packages", "firewall logs",
    "leaked credentials"};
inline constexpr std::array<std::string_view, 7> kSecurityTags = {
    "security",   "threats",           "vulnerabilities", "compliance",
    "monitoring", "incident-response", "secrets"};
inline constexpr std::array<std::string_view, 5> kSecurityCapabilities = {
    "threat-detection", "log-analysis", "vulnerability-scanning", "compliance-checks", "alerts"};

inline constexpr std::array<std::string_view, 4> kMusicTitles = {"Music", "Audio", "Podcast",
                                                                 "Voice"};
inline constexpr std::array<std::string_view, 4> kMusicActions = {"Transcribing", "Mixing",
                                                                  "Tagging", "Composing"};
inline constexpr std::array<std::string_view, 5> kMusicObjects = {
    "podcast episodes", "voice memos", "drum loops", "call recordings", "radio shows"};
inline constexpr std::array<std::string_view, 6> kMusicTags = {"audio",         "music",   "speech",
                                                               "transcription", "podcast", "voice"};
inline constexpr std::array<std::string_view, 5> kMusicCapabilities = {
    "speech-to-text", "text-to-speech", "audio-classification", "music-generation",
    "transcription"};

inline constexpr std::array<std::string_view, 4> kOperationsTitles = {"Deploy", "Cluster",
                                                                      "Pipeline", "Observability"};
inline constexpr std::array<std::string_view, 4> kOperationsActions = {"Deploying", "Scaling",
                                                                       "Watching", "Rolling back"};
inline constexpr std::array<std::string_view, 5> kOperationsObjects = {
    "release trains", "container clusters", "slow queries", "error budgets", "nightly jobs"};
inline constexpr std::array<std::string_view, 8> kOperationsTags = {
    "devops", "kubernetes", "monitoring", "ci", "cloud", "deployment", "logs", "incidents"};
inline constexpr std::array<std::string_view, 5> kOperationsCapabilities = {
    "deployment", "log-analysis", "incident-management", "cost-analysis", "monitoring"};

inline constexpr std::array<std::string_view, 4> kHealthTitles = {"Health", "Nutrition", "Clinic",
                                                                  "Sleep"};
inline constexpr std::array<std::string_view, 4> kHealthActions = {"Scheduling", "Explaining",
                                                                   "Reminding", "Tracking"};
inline constexpr std::array<std::string_view, 5> kHealthObjects = {
    "lab results", "meal plans", "appointment requests", "training plans", "medication lists"};
inline constexpr std::array<std::string_view, 6> kHealthTags = {
    "health", "wellness", "nutrition", "fitness", "appointments", "medicine"};
inline constexpr std::array<std::string_view, 5> kHealthCapabilities = {
    "scheduling", "question-answering", "reminders", "data-analysis", "chat"};

inline constexpr std::array<std::string_view, 4> kEducationTitles = {"Tutor", "Lesson", "Exam",
                                                                     "Vocabulary"};
inline constexpr std::array<std::string_view, 4> kEducationActions = {"Teaching", "Grading",
                                                                      "Quizzing", "Preparing"};
inline constexpr std::array<std::string_view, 5> kEducationObjects = {
    "algebra exercises", "essay drafts", "history lessons", "vocabulary lists", "exam questions"};
inline constexpr std::array<std::string_view, 6> kEducationTags = {
    "education", "learning", "tutoring", "math", "language-learning", "grading"};
inline constexpr std::array<std::string_view, 5> kEducationCapabilities = {
    "tutoring", "question-answering", "grading", "text-generation", "translation"};

inline constexpr std::array<std::string_view, 4> kLogisticsTitles = {"Freight", "Parcel",
                                                                     "Warehouse", "Fleet"};
inline constexpr std::array<std::string_view, 4> kLogisticsActions = {"Dispatching", "Tracking",
                                                                      "Packing", "Estimating"};
inline constexpr std::array<std::string_view, 5> kLogisticsObjects = {
    "parcel deliveries", "container bookings", "stock levels", "truck routes", "customs papers"};
inline constexpr std::array<std::string_view, 6> kLogisticsTags = {
    "logistics", "shipping", "supply-chain", "inventory", "tracking", "customs"};
inline constexpr std::array<std::string_view, 5> kLogisticsCapabilities = {
    "route-planning", "inventory", "tracking", "document-extraction", "forecasting"};

inline constexpr std::array<Domain, 15> kDomains = {{
    {kWeatherTitles, kWeatherActions, kWeatherObjects, kWeatherTags, kWeatherCapabilities},
    {kTextTitles, kTextActions, kTextObjects, kTextTags, kTextCapabilities},
    {kCodeTitles, kCodeActions, kCodeObjects, kCodeTags, kCodeCapabilities},
    {kDataTitles, kDataActions, kDataObjects, kDataTags, kDataCapabilities},
    {kFinanceTitles, kFinanceActions, kFinanceObjects, kFinanceTags, kFinanceCapabilities},
    {kSupportTitles, kSupportActions, kSupportObjects, kSupportTags, kSupportCapabilities},
    {kVisionTitles, kVisionActions, kVisionObjects, kVisionTags, kVisionCapabilities},
    {kResearchTitles, kResearchActions, kResearchObjects, kResearchTags, kResearchCapabilities},
    {kTravelTitles, kTravelActions, kTravelObjects, kTravelTags, kTravelCapabilities},
    {kSecurityTitles, kSecurityActions, kSecurityObjects, kSecurityTags, kSecurityCapabilities},
    {kMusicTitles, kMusicActions, kMusicObjects, kMusicTags, kMusicCapabilities},
    {kOperationsTitles, kOperationsActions, kOperationsObjects, kOperationsTags,
     kOperationsCapabilities},
    {kHealthTitles, kHealthActions, kHealthObjects, kHealthTags, kHealthCapabilities},
    {kEducationTitles, kEducationActions, kEducationObjects, kEducationTags,
     kEducationCapabilities},
    {kLogisticsTitles, kLogisticsActions, kLogisticsObjects, kLogisticsTags,
     kLogisticsCapabilities},
}};

inline constexpr std::array<std::string_view, 15> kCommonCapabilities = {
    "nlp",         "chat",        "data-analysis",    "web-search", "tool-use",
    "streaming",   "json-output", "memory",           "scheduling", "email",
    "file-access", "multi-turn",  "function-calling", "retrieval",  "planning"};
inline constexpr std::array<std::string_view, 6> kTypes = {"assistant", "service", "tool",
                                                           "workflow",  "a2a",     "monitor"};
inline constexpr std::array<std::string_view, 6> kKinds = {"An agent",
                                                           "A careful assistant",
                                                           "A small service",
                                                           "An autonomous agent",
                                                           "A conversational agent",
                                                           "A tireless helper"};
inline constexpr std::array<std::string_view, 10> kVerbs = {
    "collects", "checks", "summarises", "compares", "prepares",
    "explains", "sorts",  "watches",    "cleans",   "delivers"};
inline constexpr std::array<std::string_view, 6> kOpenings = {
    "Specialises in", "Trained for", "Saves hours of", "Takes over", "Built around", "Known for"};
inline constexpr std::array<std::string_view, 12> kAudiences = {
    "small teams",     "researchers",  "municipalities", "online shops", "field engineers",
    "newsrooms",       "schools",      "hospitals",      "accountants",  "open source projects",
    "travel agencies", "support desks"};
inline constexpr std::array<std::string_view, 6> kManners = {
    "around the clock",         "with sources for every claim", "in a few seconds",
    "within fixed cost limits", "with a human in the loop",     "on premises if need be"};
inline constexpr std::array<std::string_view, 12> kSystems = {
    "PostgreSQL", "Slack",      "Jira",  "Salesforce",    "GitHub", "Nextcloud",
    "Matrix",     "S3 buckets", "Kafka", "OpenStreetMap", "SAP",    "Zendesk"};
inline constexpr std::array<std::string_view, 6> kLanguages = {
    "English",          "English and German",   "French, Spanish and Portuguese",
    "twelve languages", "Japanese and English", "forty languages"};
inline constexpr std::array<std::string_view, 5> kPromises = {
    "Delivers", "Keeps up with", "Never loses sight of", "Turns up", "Reports on"};
inline constexpr std::array<std::string_view, 6> kTroubles = {
    "manual work",          "surprises at the end of the month",
    "another dashboard",    "waiting for an answer",
    "leaking private data", "long set-up"};
inline constexpr std::array<std::string_view, 24> kNameStarts = {
    "Swift",  "Nordic", "Clear", "Bright", "Open",   "Quiet", "Prime", "Atlas",
    "Blue",   "Vector", "Lumen", "Delta",  "Nimbus", "Orbit", "Solar", "Granite",
    "Harbor", "Pixel",  "Echo",  "Cobalt", "Maple",  "Tidal", "Polar", "Summit"};
inline constexpr std::array<std::string_view, 12> kNameEnds = {
    "Agent", "Assistant", "Bot",   "Desk",   "Companion", "Scout",
    "Pilot", "Analyst",   "Guide", "Keeper", "Studio",    "Engine"};
inline constexpr std::array<std::string_view, 16> kPublisherStarts = {
    "acme",  "north",  "river", "data",  "signal", "cloud",  "green", "micro",
    "hyper", "silver", "open",  "urban", "deep",   "bright", "true",  "solid"};
inline constexpr std::array<std::string_view, 12> kPublisherEnds = {
    "works", "labs", "systems", "logic",   "forge", "house",
    "mind",  "ops",  "soft",    "metrics", "link",  "base"};
inline constexpr std::array<std::string_view, 3> kTopDomains = {".example.com", ".example.org",
                                                                ".example.net"};
inline constexpr std::array<std::string_view, 12> kQualifiers = {
    "beta",   "regional", "realtime", "offline",   "batch",        "premium",
    "legacy", "local",    "hybrid",   "federated", "experimental", "certified"};
inline constexpr std::array<std::string_view, 20> kRareThings = {
    "inventory", "genomics",  "vineyards", "railways",   "museums",  "auctions", "elections",
    "forestry",  "fisheries", "recycling", "insurance",  "archives", "stadiums", "libraries",
    "drones",    "bakeries",  "orchards",  "satellites", "harbours", "festivals"};

}  // namespace sovereign::registry::demo_words
