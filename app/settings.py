"""What the environment may set. Read by bootstrap (and by the console's and the CLI's client for their own addresses), never at import."""

from pathlib import Path

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Effective settings; every name is documented in .env.example."""

    model_config = SettingsConfigDict(env_prefix="CAUSEWAY_", env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True)

    data: Path = Field(default=PROJECT / "data", description="where the store, the index and the log live")
    config: Path = Field(default=PROJECT / "config", description="policies, thresholds, tools, domain packs")
    runbooks: Path = Field(default=PROJECT / "runbooks", description="the shipped knowledge")
    fixtures: Path = Field(default=PROJECT / "simulations", description="the example signals")
    host: str = Field(default="127.0.0.1", description="the address the API and the console bind to")
    api_port: int = Field(default=8000, ge=1, le=65535)
    console_port: int = Field(default=8501, ge=1, le=65535)
    lite: bool = Field(default=False, validation_alias=AliasChoices("CAUSEWAY_LITE", "LITE"), description="leave torch out")
    demo: bool = Field(default=True, description="give an empty store the demo tenant")
    demo_speed: float = Field(default=1.0, gt=0, le=60, description="simulated minutes per second")
    sweep_seconds: float = Field(default=5.0, gt=0, le=3600)
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    max_body_bytes: int = Field(default=10_000_000, ge=1_000)
    max_upload_bytes: int = Field(default=20_000_000, ge=1_000)

    @property
    def api_url(self) -> str:
        """Where the API answers."""
        return f"http://{self.host}:{self.api_port}"

    @property
    def console_url(self) -> str:
        """Where the console answers."""
        return f"http://{self.host}:{self.console_port}"
