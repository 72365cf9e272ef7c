"""Tiny pipelines of the real classes, with random weights, written as folders in the diffusers format."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderDC,
    AutoencoderKL,
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    SanaPipeline,
    SanaTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    Gemma2Config,
    Gemma2Model,
    GemmaTokenizerFast,
    T5Config,
    T5EncoderModel,
    T5TokenizerFast,
)

WIDTH = 32
LETTERS = string.ascii_lowercase + string.digits


def clip_tokenizer() -> CLIPTokenizer:
    tokens = [*LETTERS, *(f"{letter}</w>" for letter in LETTERS), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={token: k for k, token in enumerate(tokens)}, merges=[], model_max_length=77)


def clip(projection: bool = False) -> Any:
    config = CLIPTextConfig(
        vocab_size=len(clip_tokenizer()),
        hidden_size=WIDTH,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        projection_dim=WIDTH,
        bos_token_id=len(clip_tokenizer()) - 2,
        eos_token_id=len(clip_tokenizer()) - 1,
        pad_token_id=1,
    )
    return (CLIPTextModelWithProjection if projection else CLIPTextModel)(config).eval()


def t5() -> tuple[T5EncoderModel, T5TokenizerFast]:
    tokenizer = T5TokenizerFast(
        vocab=[("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -1.0), *((c, -2.0) for c in LETTERS)], extra_ids=0
    )
    config = T5Config(vocab_size=len(tokenizer), d_model=WIDTH, d_kv=8, d_ff=37, num_layers=1, num_heads=4)
    return T5EncoderModel(config).eval(), tokenizer


def vae(latent_channels: int, **more: Any) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(16, 32),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=latent_channels,
        norm_num_groups=8,
        **more,
    ).eval()


def unet(cross_attention_dim: int, **more: Any) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        block_out_channels=(16, 32),
        layers_per_block=1,
        sample_size=32,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=cross_attention_dim,
        norm_num_groups=8,
        attention_head_dim=4,
        **more,
    ).eval()


def stable_diffusion() -> StableDiffusionPipeline:
    return StableDiffusionPipeline(
        vae=vae(4),
        text_encoder=clip(),
        tokenizer=clip_tokenizer(),
        unet=unet(WIDTH),
        scheduler=DDIMScheduler(clip_sample=False, set_alpha_to_one=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def stable_diffusion_xl() -> StableDiffusionXLPipeline:
    return StableDiffusionXLPipeline(
        vae=vae(4),
        text_encoder=clip(),
        text_encoder_2=clip(projection=True),
        tokenizer=clip_tokenizer(),
        tokenizer_2=clip_tokenizer(),
        unet=unet(
            2 * WIDTH,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=WIDTH + 6 * 8,
        ),
        scheduler=EulerDiscreteScheduler(steps_offset=1),
    )


def stable_diffusion_3() -> StableDiffusion3Pipeline:
    text_encoder_3, tokenizer_3 = t5()
    return StableDiffusion3Pipeline(
        transformer=SD3Transformer2DModel(
            sample_size=16,
            patch_size=1,
            in_channels=16,
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=4,
            joint_attention_dim=WIDTH,
            caption_projection_dim=WIDTH,
            pooled_projection_dim=2 * WIDTH,
            out_channels=16,
            pos_embed_max_size=64,
        ).eval(),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=vae(16, shift_factor=0.0609, scaling_factor=1.5035),
        text_encoder=clip(projection=True),
        tokenizer=clip_tokenizer(),
        text_encoder_2=clip(projection=True),
        tokenizer_2=clip_tokenizer(),
        text_encoder_3=text_encoder_3,
        tokenizer_3=tokenizer_3,
    )


def flux() -> FluxPipeline:
    text_encoder_2, tokenizer_2 = t5()
    return FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=vae(4, shift_factor=0.0609, scaling_factor=1.5035),
        text_encoder=clip(),
        tokenizer=clip_tokenizer(),
        text_encoder_2=text_encoder_2,
        tokenizer_2=tokenizer_2,
        transformer=FluxTransformer2DModel(
            patch_size=1,
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=WIDTH,
            pooled_projection_dim=WIDTH,
            axes_dims_rope=(4, 4, 8),
        ).eval(),
    )


def sana() -> SanaPipeline:
    tokens = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", *LETTERS]
    tokenizer = GemmaTokenizerFast(vocab={token: k for k, token in enumerate(tokens)}, merges=[])
    gemma = Gemma2Config(
        vocab_size=len(tokenizer),
        hidden_size=8,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=4,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
    )
    return SanaPipeline(
        transformer=SanaTransformer2DModel(
            patch_size=1,
            in_channels=4,
            out_channels=4,
            num_layers=1,
            num_attention_heads=2,
            attention_head_dim=4,
            num_cross_attention_heads=2,
            cross_attention_head_dim=4,
            cross_attention_dim=8,
            caption_channels=8,
            sample_size=32,
        ).eval(),
        vae=AutoencoderDC(
            in_channels=3,
            latent_channels=4,
            attention_head_dim=2,
            encoder_block_types=("ResBlock", "EfficientViTBlock"),
            decoder_block_types=("ResBlock", "EfficientViTBlock"),
            encoder_block_out_channels=(8, 8),
            decoder_block_out_channels=(8, 8),
            encoder_qkv_multiscales=((), (5,)),
            decoder_qkv_multiscales=((), (5,)),
            encoder_layers_per_block=(1, 1),
            decoder_layers_per_block=(1, 1),
            downsample_block_type="conv",
            upsample_block_type="interpolate",
            decoder_norm_types="rms_norm",
            decoder_act_fns="silu",
            scaling_factor=0.41407,
        ).eval(),
        text_encoder=Gemma2Model(gemma).eval(),
        tokenizer=tokenizer,
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
    )


BUILDERS = {"sd15": stable_diffusion, "sdxl": stable_diffusion_xl, "sd3": stable_diffusion_3, "flux": flux, "sana": sana}


def save(name: str, folder: Path) -> Path:
    """A folder with the pipeline `name`, the same weights each time."""
    torch.manual_seed(0)
    BUILDERS[name]().save_pretrained(folder, safe_serialization=True)
    return folder
